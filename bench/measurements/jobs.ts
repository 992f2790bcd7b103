/**
 * Joins and requests to a service in the plan of the small universe, and its windows in batch, beside the job of the benchmarks
 * in one run: how many universes a second, and what the laws add. Batch has no checkpoints, and its kill is in its second stage.
 */
import { compare, type Pace } from '../rounds.ts';
import type { Row } from '../row.ts';
import { JOBS } from '../universes/jobs.ts';
import { rateRow, ratioRow } from './ratio-row.ts';

const BENCH = ['universe/by-reference/laws', 'universe/by-reference/no laws'] as const;

export async function jobRows(pace: Pace): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [title, id] of [...JOBS, ['the same in batch', 'batch'] as const]) {
    const [laws, none] = [`jobs/${id}/laws`, `jobs/${id}/no laws`];
    const times = await compare({ same: [laws, none], beside: BENCH }, pace);
    rows.push(
      rateRow(`universes, laws, ${title}`, times, laws),
      ratioRow(`laws / no laws, ${title}`, times, laws, none),
      ratioRow(`${title} / the job of the bench, laws`, times, laws, BENCH[0]),
      ratioRow(`${title} / the job of the bench, no laws`, times, none, BENCH[1]),
    );
  }
  return rows;
}
