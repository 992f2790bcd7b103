import type { ZooEntry } from '../entry.ts';

export const unionEndNotCounted: ZooEntry = {
  id: 'union-end-not-counted',
  title: 'Subtasks whose input ends in the checkpoint itself are not counted among those that had ended before',
  origin: 'FLINK-21080: union state of a vertex of which some subtasks have finished is lost',
  file: 'core/checkpoint/coordinator/pending-checkpoint.ts',
  find: 'const ended = names.filter((name) => finished.has(name)).length + snapshots.filter((one) => one.ended).length;',
  replace: 'const ended = names.filter((name) => finished.has(name)).length;',
  law: 'settle',
};
