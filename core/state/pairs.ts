/** What `putAll` of a map takes: pairs of key and value, from a list or a `Map`. */
import type { UserCode } from '../user-code.ts';
import { showValue } from '../values/show.ts';

/**
 * All pairs, read once. `what`: "putAll of state \"m\"". What the iteration itself throws is the job's own error.
 *
 * @throws JobFault if they are none.
 */
export function pairsOf<K, V>(
  entries: Iterable<readonly [K, V]>,
  user: UserCode,
  what: string,
): readonly (readonly [K, V])[] {
  const given: unknown = entries;
  if (typeof given !== 'object' || given === null || !(Symbol.iterator in given)) {
    throw user.fault('not-of-type', `${what}: expected a Map or a list of pairs [key, value], got ${showValue(given)}`);
  }
  const pairs = [...entries];
  for (const pair of pairs) {
    if (Array.isArray(pair) && pair.length === 2) continue;
    throw user.fault('not-of-type', `${what}: expected pairs [key, value], got ${showValue(pair)}`);
  }
  return pairs;
}
