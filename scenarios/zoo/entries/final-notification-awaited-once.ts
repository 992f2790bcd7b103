import type { ZooEntry } from '../entry.ts';

export const finalNotificationAwaitedOnce: ZooEntry = {
  id: 'final-notification-awaited-once',
  title: 'A task waits for the notification of its own final checkpoint, and no later one will do',
  origin: 'FLINK-21080',
  file: 'core/checkpoint/coordinator/final-checkpoint.ts',
  find: `checkpoint < this.#from) return false;`,
  replace: `checkpoint !== this.#from) return false;`,
  law: 'settle',
};
