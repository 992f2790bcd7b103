/**
 * Calls the key functions of a job: the border at which a key must be a key, and a function of the value alone. Routing rests on
 * that: the sender chooses the subtask by the key, the receiver finds the state by it.
 */
import type { PartitionSpec } from '../job/spec.ts';
import type { UserCode } from '../user-code.ts';
import { keyIndexer } from '../values/serializers.ts';
import { showValue } from '../values/show.ts';
import { takerOf } from '../values/taker.ts';

export interface KeyOf {
  /** The key. @throws JobFault if the function throws, or what it returns is no key. */
  once(value: unknown): unknown;
  /**
   * The same, asked twice, and once more when the next record has been asked about: an answer may depend on the records in
   * between. @throws JobFault, too, if the answers differ.
   */
  twice(value: unknown): unknown;
  /** Asks many times. @throws JobFault if the answers differ. */
  repeatedly(value: unknown): void;
}

const REPEATS = 16;

/** `operator`: uid of the keyed operator, which is to blame. */
export function keyOfEdge(
  { key, keyType }: Extract<PartitionSpec, { readonly kind: 'hash' }>,
  user: UserCode,
  operator: string,
): KeyOf {
  const taker = takerOf(keyType);
  const indexOf = keyIndexer<unknown>(keyType);
  const isWhole = keyType.kind === 'int32' || keyType.kind === 'int64';
  const once = (value: unknown): unknown => {
    let result: unknown;
    user.enter(operator);
    try {
      result = key(value);
    } catch (error) {
      throw user.thrown(error, operator, 'the key function', value);
    }
    user.leave();
    if (!taker.admit(result)) {
      throw (
        user.promised(result, 'the key function', operator, showValue(value)) ??
        user.fault(
          'key-not-a-key',
          `the key function returned ${showValue(result)}, which is no key (${taker.kind}): ${taker.reason(result)}`,
          operator,
          showValue(value),
        )
      );
    }
    if (isWhole && Object.is(result, -0)) {
      throw user.fault(
        'key-not-a-key',
        'the key function returned -0 (as -3 % 3 is), which would not be the key 0; add 0 to it',
        operator,
        showValue(value),
      );
    }
    return result;
  };
  const differ = (one: unknown, other: unknown, value: unknown): Error =>
    user.fault(
      'key-not-a-function',
      `the key function returned ${showValue(one)} and then ${showValue(other)} for the same record: a key must be a function of the record alone`,
      operator,
      showValue(value),
    );
  const same = (one: unknown, other: unknown): boolean =>
    Object.is(one, other) || (typeof one === 'object' && indexOf(one) === indexOf(other));
  let before: { readonly value: unknown; readonly key: unknown } | undefined;
  const twice = (value: unknown): unknown => {
    const one = once(value);
    const other = once(value);
    if (!same(one, other)) throw differ(one, other, value);
    if (before !== undefined) {
      const again = once(before.value);
      if (!same(before.key, again)) throw differ(before.key, again, before.value);
    }
    before = { value, key: one };
    return one;
  };
  return {
    once,
    twice,
    repeatedly: (value) => {
      const one = once(value);
      for (let i = 0; i < REPEATS; i++) {
        const other = once(value);
        if (!same(one, other)) throw differ(one, other, value);
      }
    },
  };
}
