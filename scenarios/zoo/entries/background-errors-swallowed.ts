import type { ZooEntry } from '../entry.ts';

export const backgroundErrorsSwallowed: ZooEntry = {
  id: 'background-errors-swallowed',
  title: 'A flush or a compaction that fails is noted, and the task goes on',
  origin: 'a background error that nobody asks for, as of RocksDB before a write met it',
  file: 'core/state/lsm/store.ts',
  find: `      if (error instanceof IoError) this.#options.event(event);
      throw error;
`,
  replace: `      if (!(error instanceof IoError)) throw error;
      this.#options.event(event);
`,
  law: 'io-errors',
  also: ['settle'],
};
