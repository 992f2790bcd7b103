import type { ZooEntry } from '../entry.ts';

export const movedSavepointByOldNames: ZooEntry = {
  id: 'moved-savepoint-by-old-names',
  title: 'The objects of a savepoint that was moved are looked for where they were written',
  origin: 'FLINK-5763: savepoints are self-contained and relocatable',
  file: 'core/cluster/attempt-preparation.ts',
  find: `foundAt(newest.metadata, readMetadata(bytes))`,
  replace: `{ ...foundAt(newest.metadata, readMetadata(bytes)), vertices: readMetadata(bytes).vertices }`,
  law: 'settle',
};
