import type { ZooEntry } from '../entry.ts';

export const positionOfLastRecord: ZooEntry = {
  id: 'position-of-last-record',
  title: 'The position of a split is that of the last record that was taken, and not the one behind it',
  origin: 'RW 4bf1e1a40e5: the state of a split is written with an older position',
  file: 'core/connectors/log/log-source.ts',
  find: `    this.#offset = record.offset + 1;
`,
  replace: `    this.#offset = record.offset;
`,
  law: 'sources',
};
