import type { ZooEntry } from '../entry.ts';

export const savepointPreferred: ZooEntry = {
  id: 'savepoint-preferred',
  title:
    'A resumed job restores the savepoint that it was started from, however many checkpoints it has completed since',
  origin: 'a stale reference preferred',
  file: 'core/checkpoint/storage/metadata.ts',
  find: `  return checkpoints.completed.at(-1) ?? checkpoints.savepoint ?? undefined;`,
  replace: `  return checkpoints.savepoint ?? checkpoints.completed.at(-1) ?? undefined;`,
  law: 'restored-newest',
};
