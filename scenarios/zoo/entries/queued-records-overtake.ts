import type { ZooEntry } from '../entry.ts';

export const queuedRecordsOvertake: ZooEntry = {
  id: 'queued-records-overtake',
  title: `What a writer has queued while the log was slow to answer is written the newest first`,
  origin: 'KAFKA-3197: a producer sends records of one partition in another order',
  file: 'core/connectors/log/appender.ts',
  find: `      const batch = this.#queue;`,
  replace: `      const batch = this.#queue.reverse();`,
  law: 'ordered',
  note: 'Every record is there, once: only an author who has stated an order can tell.',
};
