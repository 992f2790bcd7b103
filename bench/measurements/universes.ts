/**
 * The small universe (6 tasks, 200 records, 3 checkpoints, 1 crash): how many a second, what laws, bytes and the digest
 * cost. All variants must commit the same output. The rate is the one absolute figure; beside it, the same in events of
 * the limit kernel, which another machine can be compared by.
 */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { extraRow, rateRow, ratioRow } from './ratio-row.ts';

const LIMIT = 'kernel/limit/50';
const reference = (what: string): string => `universe/by-reference/${what}`;
const bytes = (what: string): string => `universe/over-bytes/${what}`;

export async function universeRows(pace: Pace): Promise<readonly Row[]> {
  const same = [
    ...['laws', 'no laws', 'laws, no digest', 'no laws, no digest'].map(reference),
    ...['laws', 'no laws'].map(bytes),
  ];
  const times = await compare({ same, beside: [LIMIT] }, pace);
  return [
    rateRow('universes, laws, by reference', times, reference('laws'), { must: { atLeast: 1_000 } }),
    rateRow('universes, laws, over bytes', times, bytes('laws'), { must: { atLeast: 1_000 } }),
    rateRow('universes, no laws, by reference', times, reference('no laws')),
    rateRow('universes, no laws, over bytes', times, bytes('no laws')),
    ratioRow('laws / no laws, by reference', times, reference('laws'), reference('no laws')),
    ratioRow('over bytes / by reference, laws', times, bytes('laws'), reference('laws')),
    ratioRow('universe with laws / event of the limit kernel', times, reference('laws'), LIMIT, {
      must: { atMost: 25_000 },
    }),
    ratioRow('universe without laws / event of the limit kernel', times, reference('no laws'), LIMIT, {
      must: { atMost: 14_000 },
    }),
    extraRow('digest on / off, laws', times, reference('laws'), reference('laws, no digest'), { must: { atMost: 8 } }),
    extraRow('digest on / off, no laws', times, reference('no laws'), reference('no laws, no digest')),
  ];
}
