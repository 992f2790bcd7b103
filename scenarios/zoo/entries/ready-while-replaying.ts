import type { ZooEntry } from '../entry.ts';

export const readyWhileReplaying: ZooEntry = {
  id: 'ready-while-replaying',
  title: 'A task takes checkpoints while it still replays in-flight data',
  origin: 'FLINK-22003 (class): a checkpoint before recovery is over',
  file: 'core/task/snapshot-taker.ts',
  find: `if (this.#targets.input().isReplaying) {`,
  replace: `if (this.#targets.input().isReplaying && this.#isSource) {`,
  law: 'conservation',
};
