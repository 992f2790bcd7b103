import type { ZooEntry } from '../entry.ts';

export const failedSyncTriedAgain: ZooEntry = {
  id: 'failed-sync-tried-again',
  title: 'A sync that has failed is tried again, and what it says then is believed',
  origin: 'PostgreSQL 2018 ("fsyncgate"); Rebello et al., "Can applications recover from fsync failures?", 2020',
  file: 'core/checkpoint/local/local-files.ts',
  find: `      yield* this.#disk.sync(this.#at(name));`,
  replace: `      try {
        yield* this.#disk.sync(this.#at(name));
      } catch (error) {
        if (!(error instanceof IoError)) throw error;
        yield* this.#disk.sync(this.#at(name));
      }`,
  law: 'local-copies',
};
