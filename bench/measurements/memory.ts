/**
 * What a universe of the bench allocates, and what of it lives on; and memory in use after many universes, against after a tenth of them: tiny ones of
 * 3 tasks, 10 records, 1 crash.
 */
import { taskResult } from '../rounds.ts';
import type { Row } from '../row.ts';
import type { Allocation } from './allocation-task.ts';
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
    ...(await allocationRows('laws')),
    ...(await allocationRows('no laws')),
  ];
}

/** A young generation that nothing of what is counted leaves. */
const ROOMY = ['--expose-gc', '--min-semi-space-size=1024', '--max-semi-space-size=1024'];

async function allocationRows(how: 'laws' | 'no laws'): Promise<readonly Row[]> {
  const { allocated, livesOn } = await taskResult<Allocation>('allocation', [how], ROOMY);
  const must = how === 'laws' ? { must: { atMost: 1.5 } } : {};
  return [
    { what: `allocation a universe, ${how}`, value: allocated / 2 ** 20, unit: 'MB', ...must },
    {
      what: `of a universe that is over, a scavenge leaves, ${how}`,
      value: (100 * livesOn) / allocated,
      unit: '%',
      must: { atMost: 5 },
      note: `${(livesOn / 2 ** 10).toFixed(0)} kB`,
    },
  ];
}
