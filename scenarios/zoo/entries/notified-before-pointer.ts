import type { ZooEntry } from '../entry.ts';

export const notifiedBeforePointer: ZooEntry = {
  id: 'notified-before-pointer',
  title: 'Tasks hear of completion before the HA store holds the pointer',
  origin: 'two lines swapped',
  file: 'core/checkpoint/coordinator/coordinator.ts',
  find: `    const subsumed = yield* this.#publish(`,
  replace: `    if (pending.isCheckpoint) this.#env.notifyComplete(pending.id);
    const subsumed = yield* this.#publish(`,
  law: 'transactions',
};
