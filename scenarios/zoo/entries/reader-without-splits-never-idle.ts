import type { ZooEntry } from '../entry.ts';

export const readerWithoutSplitsNeverIdle: ZooEntry = {
  id: 'reader-without-splits-never-idle',
  title: 'A reader that has no split never says that it is idle, whatever its timeout: event time waits for it',
  origin: 'the Kafka source with more readers than partitions: no window behind it ever closes',
  file: 'core/operators/source-operator.ts',
  find: `      if (this.#vacancy.isIdle(nowMs, heldUp)) this.#watermarks.vacate();
`,
  replace: '',
  law: 'idleness',
};
