import type { ZooEntry } from '../entry.ts';

export const sourceOffsetNotRestored: ZooEntry = {
  id: 'source-offset-not-restored',
  title: 'A source starts its restored splits from the beginning',
  origin: 'RW cc795daf8dd and others: the position of a split is not what the checkpoint holds',
  file: 'core/connectors/log/log-source.ts',
  find: `    this.#offset = split.position;
`,
  replace: `    this.#offset = 0;
`,
  law: 'sources',
};
