/** Measurements that take a process of their own from start to end, by name. The result goes to the parent as it is. */
import { allocationTask } from './measurements/allocation-task.ts';
import { batchMemoryTask } from './measurements/batch-memory-task.ts';
import { lsmUploadsTask } from './measurements/lsm-uploads-task.ts';
import { lsmWorkTask } from './measurements/lsm-work-task.ts';
import { memoryTask } from './measurements/memory-task.ts';
import { slopeTask } from './measurements/slope-task.ts';
import { snapshotsTask } from './measurements/snapshots-task.ts';
import { memoryNamed } from './states/rows.ts';

const tasks: ReadonlyMap<string, (args: readonly string[]) => unknown> = new Map<
  string,
  (args: readonly string[]) => unknown
>([
  ['allocation', ([how]) => allocationTask(how === 'laws')],
  ['batch-memory', ([records]) => batchMemoryTask(Number(records))],
  [
    'lsm-uploads',
    (args) => {
      const [keys = NaN, memoryBytes = NaN, changed = NaN, checkpoints = NaN] = args.map(Number);
      return lsmUploadsTask({ keys, memoryBytes, changed, checkpoints });
    },
  ],
  ['lsm-work', ([memory, keys]) => lsmWorkTask(memoryNamed(memory ?? ''), Number(keys))],
  ['memory', ([universes]) => memoryTask(Number(universes))],
  [
    'slope',
    ([sizes, rounds, laws]) => slopeTask((sizes ?? '').split(',').map(Number), Number(rounds), laws === 'laws'),
  ],
  ['snapshots', ([sizes, rounds]) => snapshotsTask((sizes ?? '').split(',').map(Number), Number(rounds))],
]);

export function taskNamed(name: string): (args: readonly string[]) => unknown {
  const task = tasks.get(name);
  if (task === undefined) throw new Error(`there is no task ${name}`);
  return task;
}
