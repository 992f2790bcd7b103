/**
 * Peak memory of a batch job on a real disk, with many records against few. A collector that has room leaves garbage lying, so both
 * have little.
 */
import { taskResult } from '../rounds.ts';
import type { Row } from '../row.ts';

const FEW = 10_000;
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=80'];

export async function batchMemoryRows(quick: boolean): Promise<readonly Row[]> {
  const many = quick ? 100_000 : 1_000_000;
  const peakMb = (records: number): Promise<number> => taskResult('batch-memory', [String(records)], FLAGS);
  const few = await peakMb(FEW);
  const peak = await peakMb(many);
  return [
    {
      what: `peak memory of a batch job on a real disk, ${many} records over ${FEW}`,
      value: peak - few,
      unit: 'MB',
      must: { atMost: 64 },
      note: `${peak.toFixed(0)} MB of resident memory, with 80 MB of heap at most`,
    },
  ];
}
