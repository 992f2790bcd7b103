import type { ZooEntry } from '../entry.ts';

export const stopKeepsOlderCheckpoints: ZooEntry = {
  id: 'stop-keeps-older-checkpoints',
  title: 'A stop leaves the older checkpoints in the list, and a resumed job prefers them to the savepoint',
  origin: 'FLINK-20441: recovery prefers a checkpoint to a newer savepoint, whose side effects have been committed',
  file: 'core/checkpoint/storage/completed-store.ts',
  find: `    const dropped = [...this.#claimed, ...this.#entry.completed];
    yield* this.#write({ completed: [], savepoint,`,
  replace: `    const dropped = this.#claimed;
    yield* this.#write({ completed: this.#entry.completed, savepoint,`,
  law: 'restored-newest',
};
