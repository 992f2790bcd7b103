import type { ZooEntry } from '../entry.ts';

export const timersFireBeforeTheBarrier: ZooEntry = {
  id: `timers-fire-before-the-barrier`,
  title: `Processing-time timers that are due fire between the snapshot of a task and its barrier`,
  origin: `RisingWave 7ad0a4065ec: an operator emits what belongs to the next epoch before it forwards the barrier`,
  file: `core/task/snapshot-taker.ts`,
  find: `    sender.send(barrier, unaligned);
    const state = operators.snapshot();
`,
  replace: `    const state = operators.snapshot();
    operators.onProcessingTime();
    sender.send(barrier, unaligned);
`,
  law: `re-execution`,
};
