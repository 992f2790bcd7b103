/**
 * The sync part of a snapshot of heap state, and the dearest single access of those that follow it, by the number of keys: copied
 * on write, the first must not grow, and the second grows with the keys of one key group. Beside them the same accesses without a
 * snapshot before, and what copying a plain `Map` of as many keys takes.
 */
import { taskResult } from '../rounds.ts';
import type { Row } from '../row.ts';
import { KEY_GROUPS } from '../states/keyed-task.ts';
import { ACCESSES, type Snapshots } from './snapshots-task.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
const QUICK_SIZES = [1_000, 10_000, 100_000] as const;

export async function snapshotRows(quick: boolean): Promise<readonly Row[]> {
  const sizes = quick ? QUICK_SIZES : SIZES;
  const measured = await taskResult<readonly Snapshots[]>('snapshots', [sizes.join(','), quick ? '7' : '21']);
  const rows = sizes.flatMap((keys, at) => rowsOf(keys, measured[at]!));
  const [least, most] = [measured[0]!, measured.at(-1)!];
  const keys = sizes.at(-1)!;
  const times = `${keys} keys / ${sizes[0]} keys`;
  return [
    ...rows,
    { what: `sync part, ${times}`, value: most.sync / least.sync, unit: 'x' },
    { what: `dearest access after it, ${times}`, value: most.after.dearest / least.after.dearest, unit: 'x' },
    {
      what: `sync part and dearest access after it / copy of a plain Map, ${keys} keys`,
      value: (100 * (most.sync + most.after.dearest)) / most.copy,
      unit: '%',
    },
  ];
}

function rowsOf(keys: number, { sync, after, calm, copy }: Snapshots): readonly Row[] {
  return [
    {
      what: `sync part of a snapshot, ${keys} keys`,
      value: sync,
      unit: 'us',
      note: `${us(copy)} to copy a plain Map of as many`,
    },
    {
      what: `dearest access after it, ${keys} keys`,
      value: after.dearest,
      unit: 'us',
      note: `${us(calm.dearest)} without a snapshot; about ${Math.round(keys / KEY_GROUPS)} keys in a group; with pauses of collector and machine ${us(after.dearestWithPauses)}, without a snapshot ${us(calm.dearestWithPauses)}`,
    },
    {
      what: `${ACCESSES} accesses after it / without, ${keys} keys`,
      value: after.all / calm.all,
      unit: 'x',
      note: `${us(after.all)} against ${us(calm.all)}`,
    },
  ];
}

function us(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} us`;
}
