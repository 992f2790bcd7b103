/** How the cost of a universe grows with its records, all else equal: checkpoints come at the same pace, so more of them. */
import { taskResult } from '../rounds.ts';
import type { Row } from '../row.ts';
import { logLogSlope } from '../statistics.ts';

const SIZES = [200, 2_000, 20_000, 100_000] as const;
const QUICK_SIZES = [200, 2_000, 10_000] as const;

export async function slopeRows(quick: boolean): Promise<readonly Row[]> {
  const sizes = quick ? QUICK_SIZES : SIZES;
  return [await slopeRow(sizes, quick ? 1 : 3, 'laws'), ...(quick ? [] : [await slopeRow(sizes, 3, 'no laws')])];
}

async function slopeRow(sizes: readonly number[], rounds: number, laws: 'laws' | 'no laws'): Promise<Row> {
  const ms = await taskResult<readonly number[]>('slope', [sizes.join(','), String(rounds), laws]);
  const points = sizes.map((size, at) => [size, ms[at]!] as const);
  return {
    what: `slope, records ${sizes[0]} to ${sizes.at(-1)!}, ${laws}`,
    value: logLogSlope(points),
    unit: '',
    ...(laws === 'laws' ? { must: { atMost: 1.08 } } : {}),
    note: points.map(([size, cost]) => `${size}: ${((cost * 1_000) / size).toFixed(1)} us`).join(', ') + ' a record',
  };
}
