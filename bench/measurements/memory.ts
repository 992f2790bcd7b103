/** Memory in use after many universes, against after a tenth of them. The universes are tiny ones: 3 tasks, 10 records, 1 crash. */
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
  ];
}
