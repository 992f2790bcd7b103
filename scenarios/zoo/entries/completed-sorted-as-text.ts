import type { ZooEntry } from '../entry.ts';

export const completedSortedAsText: ZooEntry = {
  id: 'completed-sorted-as-text',
  title: 'Completed checkpoints are sorted by the text of their numbers: 10 comes before 9',
  origin: 'FLINK-6284 (tier 1)',
  file: 'core/checkpoint/storage/completed-store.ts',
  find: `.sort((a, b) => a.checkpoint - b.checkpoint);`,
  replace: `.sort((a, b) => (String(a.checkpoint) < String(b.checkpoint) ? -1 : 1));`,
  law: 'transactions',
};
