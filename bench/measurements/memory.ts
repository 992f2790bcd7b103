/**
 * What a universe of the bench allocates; and memory in use after many universes, against after a tenth of them: tiny ones of
 * 3 tasks, 10 records, 1 crash.
 */
import { taskResult } from '../rounds.ts';
import type { Row } from '../row.ts';
import type { Memory } from './memory-task.ts';

export async function memoryRows(quick: boolean): Promise<readonly Row[]> {
  const universes = quick ? 500 : 20_000;
  const { driftMb, usedMb } = await taskResult<Memory>('memory', [String(universes)], ['--expose-gc']);
  return [
    {
      what: `memory drift over ${universes} universes`,
      value: driftMb,
      unit: 'MB',
      must: { atMost: 20 },
      note: `of 3 tasks, 10 records, 1 crash; ${usedMb.toFixed(1)} MB in use at the end`,
    },
    await allocationRow('laws'),
    await allocationRow('no laws'),
  ];
}

/** A young generation that nothing of what is counted leaves. */
const ROOMY = ['--expose-gc', '--min-semi-space-size=1024', '--max-semi-space-size=1024'];

async function allocationRow(how: 'laws' | 'no laws'): Promise<Row> {
  const bytes = await taskResult<number>('allocation', [how], ROOMY);
  const must = how === 'laws' ? { must: { atMost: 1.5 } } : {};
  return { what: `allocation a universe, ${how}`, value: bytes / 2 ** 20, unit: 'MB', ...must };
}
