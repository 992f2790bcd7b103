import type { ZooEntry } from '../entry.ts';

export const notifiedBeforePointer: ZooEntry = {
  id: 'notified-before-pointer',
  title: 'Tasks hear of completion before the HA store holds the pointer',
  origin: 'two lines swapped',
  file: 'core/checkpoint/coordinator/completion-queue.ts',
  find: `    const subsumed = yield* this.#publish(`,
  replace: `    if (pending.isCheckpoint) this.#env.tasks.notifyAll('notifyComplete', pending.id, {});
    const subsumed = yield* this.#publish(`,
  law: 'transactions',
};
