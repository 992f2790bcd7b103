import type { ZooEntry } from '../entry.ts';

export const secondLatestRestored: ZooEntry = {
  id: 'second-latest-restored',
  title: 'The latest completed checkpoint is never looked at',
  origin: 'FLINK-14145',
  file: 'core/checkpoint/storage/metadata.ts',
  find: `  return checkpoints.completed.at(-1) ??`,
  replace: `  return checkpoints.completed.at(-2) ?? checkpoints.completed.at(-1) ??`,
  law: 'restored-newest',
};
