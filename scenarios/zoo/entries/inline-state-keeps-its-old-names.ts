import type { ZooEntry } from '../entry.ts';

export const inlineStateKeepsItsOldNames: ZooEntry = {
  id: 'inline-state-keeps-its-old-names',
  title: 'In a savepoint that was moved the state in its metadata keeps the names of the place where it was written',
  origin: 'FLINK-5763, for what needs no object: handles are moved, and what lies beside them is not',
  file: 'core/checkpoint/storage/metadata.ts',
  find: `    inline: inline.map(({ object, bytes: content, checksum }) => ({ object: moved(object), bytes: content, checksum })),
`,
  replace: `    inline,
`,
  law: 'settle',
};
