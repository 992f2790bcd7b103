/** The same pipeline on our kernel and on `fc.scheduler`, in both its ways of waiting: equal output first. */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { median } from '../statistics.ts';
import { ratioRow } from './ratio-row.ts';

const [LIMIT, OURS, WAIT_ALL, WAIT_IDLE] = [
  'pipeline/limit',
  'pipeline/ours',
  'pipeline/waitAll',
  'pipeline/waitIdle',
] as const;

export async function pipelineRows(pace: Pace): Promise<readonly Row[]> {
  const times = await compare({ same: [LIMIT, OURS, WAIT_ALL, WAIT_IDLE] }, pace);
  const note = (name: string): string => `${Math.round(median(times.get(name)!))} ns a hop`;
  return [
    ratioRow('fc.scheduler waitAll / our actors', times, WAIT_ALL, OURS, {
      must: { atLeast: 10 },
      note: note(WAIT_ALL),
    }),
    ratioRow('fc.scheduler waitIdle / our actors', times, WAIT_IDLE, OURS, {
      must: { atLeast: 20 },
      note: note(WAIT_IDLE),
    }),
    ratioRow('our actors / bare mailboxes', times, OURS, LIMIT, { note: `${note(OURS)} against ${note(LIMIT)}` }),
  ];
}
