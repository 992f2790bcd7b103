import type { ZooEntry } from '../entry.ts';

export const subsumedDeletedBeforePointer: ZooEntry = {
  id: 'subsumed-deleted-before-pointer',
  title: 'What a checkpoint is going to subsume is deleted before the HA store has taken the new one',
  origin: 'FLINK-6612: a completed checkpoint is discarded by whoever is not sure to lead any more',
  file: 'core/checkpoint/coordinator/completion-queue.ts',
  find: `    const subsumed = yield* this.#publish(pending, published);
`,
  replace: `    if (pending.isCheckpoint) {
      const { completed } = this.#env.store.entry;
      const retained = Math.max(1, this.#env.config.checkpointing.retained);
      for (const old of completed.slice(0, Math.max(0, completed.length + 1 - retained)))
        yield* deletePrefix(ports, prefixAt(old.metadata));
    }
    const subsumed = yield* this.#publish(pending, published);
`,
  law: 'reference-closure',
};
