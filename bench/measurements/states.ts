/**
 * Accesses to a keyed state of each kind on the heap backend, as a function of a job makes them, beside the same on a plain `Map`:
 * turns of two accesses at drawn keys. The share of a turn that comes before the first access (its key becomes current) is in it.
 */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { STATE_KINDS, TTL_CLEANUPS } from '../states/kinds.ts';
import { MANY_KEYS } from '../variants.ts';
import { against, rateRow, ratioRow } from './ratio-row.ts';

const of = (kind: string, on: string): string => `state/${kind}/${on}`;
const timed = (cleanup: string): string => of('value', `heap, time to live, clean-up ${cleanup}`);

export async function stateRows(pace: Pace): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const kind of STATE_KINDS) {
    const [plain, heap] = [of(kind, 'plain'), of(kind, 'heap')];
    const ttl = kind === 'value' ? TTL_CLEANUPS.map(timed) : [];
    const times = await compare({ same: [plain, heap, ...ttl] }, pace);
    rows.push(
      rateRow(`accesses, ${kind} state`, times, heap),
      ratioRow(`${kind} state / plain Map`, times, heap, plain, { note: against(times, heap, plain) }),
    );
    if (kind !== 'value') continue;
    for (const cleanup of TTL_CLEANUPS) {
      const title = `value state with time to live, clean-up ${cleanup}`;
      rows.push(
        rateRow(`accesses, ${title}`, times, timed(cleanup)),
        ratioRow(`${title} / plain Map`, times, timed(cleanup), plain, { note: against(times, timed(cleanup), plain) }),
        ratioRow(`${title} / without`, times, timed(cleanup), heap),
      );
    }
  }
  const [plain, heap] = [of('value', `plain, ${MANY_KEYS} keys`), of('value', `heap, ${MANY_KEYS} keys`)];
  const times = await compare({ same: [plain, heap] }, pace);
  rows.push(
    rateRow(`accesses, value state of ${MANY_KEYS} keys`, times, heap),
    ratioRow(`value state / plain Map, ${MANY_KEYS} keys`, times, heap, plain, { note: against(times, heap, plain) }),
  );
  return rows;
}
