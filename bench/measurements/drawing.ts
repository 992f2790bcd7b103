/** Drawing a plan of the smoke scenario from a seed, as a share of drawing it and running it. */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { median } from '../statistics.ts';
import { shareRow } from './ratio-row.ts';

const [PLAN, RECORDS, RUN] = ['draw/plan', 'draw/plan and records', 'draw/run'] as const;

export async function drawingRows(pace: Pace): Promise<readonly Row[]> {
  const times = await compare({ same: [PLAN, RECORDS, RUN] }, pace);
  const note = (name: string): string => `${(median(times.get(name)!) / 1_000).toFixed(0)} us`;
  return [
    shareRow('drawing a plan, share of a run', times, PLAN, RUN, {
      must: { atMost: 20 },
      note: `${note(PLAN)} of ${note(RUN)}`,
    }),
    shareRow('drawing a plan and its records', times, RECORDS, RUN, { note: note(RECORDS) }),
  ];
}
