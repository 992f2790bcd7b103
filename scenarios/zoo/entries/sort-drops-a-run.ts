import type { ZooEntry } from '../entry.ts';

export const sortDropsARun: ZooEntry = {
  id: 'sort-drops-a-run',
  title: 'A spill of the external sort replaces the run before it',
  origin: 'of the kind of other engines: a sort drops what it has spilled',
  file: 'core/batch/external-sort.ts',
  find: `    this.#runs = [...this.#runs, yield* writer.finish()];
`,
  replace: `    this.#runs = [yield* writer.finish()];
`,
  law: 'batch',
};
