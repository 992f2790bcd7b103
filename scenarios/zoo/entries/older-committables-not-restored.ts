import type { ZooEntry } from '../entry.ts';

export const olderCommittablesNotRestored: ZooEntry = {
  id: 'older-committables-not-restored',
  title:
    'At a restore only what was prepared for the restored checkpoint is committed again, not what older ones had left',
  origin: 'FLINK-29512: restored committables that are tagged with another checkpoint are not committed again',
  file: 'core/checkpoint/restore/redistribution.ts',
  find: '    pending: pendingOf(subtasks, vertex.parallelism, subtask),',
  replace:
    '    pending: pendingOf(subtasks, vertex.parallelism, subtask).filter((one) => one.checkpoint === metadata?.checkpoint),',
  law: 'transactions',
};
