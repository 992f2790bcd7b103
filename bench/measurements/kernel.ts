/** An event of our kernel (schedule, pop, dispatch, digest) against the limit kernel: equal digests first. */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { median } from '../statistics.ts';
import { KERNEL_QUEUES } from '../variants.ts';
import { ratioRow } from './ratio-row.ts';

export async function kernelRows(pace: Pace): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const queue of KERNEL_QUEUES) {
    const [ours, limit] = [`kernel/ours/${queue}`, `kernel/limit/${queue}`];
    const times = await compare({ same: [limit, ours] }, pace);
    const note = `${Math.round(median(times.get(ours)!))} ns against ${Math.round(median(times.get(limit)!))} ns an event`;
    rows.push(ratioRow(`kernel event / limit, queue ${queue}`, times, ours, limit, { must: { atMost: 3 }, note }));
  }
  return rows;
}
