import type { ZooEntry } from '../entry.ts';

export const readyWhileReplaying: ZooEntry = {
  id: 'ready-while-replaying',
  title: 'A task takes checkpoints while it still replays in-flight data',
  origin: 'FLINK-22003 (class): a checkpoint before recovery is over',
  file: 'core/task/task-checkpoints.ts',
  find: `    if (this.#host.replaying) {`,
  replace: `    if (this.#host.replaying && unaligned === undefined) {`,
  law: 'conservation',
};
