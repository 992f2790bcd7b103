import type { ZooEntry } from '../entry.ts';

export const localCopiesOfTheCompletedDropped: ZooEntry = {
  id: 'local-copies-of-the-completed-dropped',
  title: 'A completed checkpoint subsumes its own local copies',
  origin: 'SAMZA-1083, the other way round: what is current is taken for old',
  file: 'core/checkpoint/local/manifest.ts',
  find: `  return keeping(manifest, (checkpoint) => checkpoint >= completed);`,
  replace: `  return keeping(manifest, (checkpoint) => checkpoint > completed);`,
  law: 'local-copies',
};
