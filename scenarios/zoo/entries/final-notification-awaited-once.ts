import type { ZooEntry } from '../entry.ts';

export const finalNotificationAwaitedOnce: ZooEntry = {
  id: 'final-notification-awaited-once',
  title: 'A task waits for the notification of its own final checkpoint, and no later one will do',
  origin: 'FLINK-21080',
  file: 'core/task/task-checkpoints.ts',
  find: `checkpoint < this.#finalFrom) return;`,
  replace: `checkpoint !== this.#finalFrom) return;`,
  law: 'settle',
};
