import type { ZooEntry } from '../entry.ts';

export const lastKeyNotEnded: ZooEntry = {
  id: 'last-key-not-ended',
  title: 'In batch a key is ended when the next one begins, and so the last one never is',
  origin: 'of the kind of other engines: the last group of a sorted input is never put out',
  file: 'core/task/batch-input.ts',
  find: `(next?.key === undefined || compareBytes(this.#key, next.key) !== 0)`,
  replace: `next?.key !== undefined && compareBytes(this.#key, next.key) !== 0`,
  law: 'batch',
};
