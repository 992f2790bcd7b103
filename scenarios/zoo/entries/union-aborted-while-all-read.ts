import type { ZooEntry } from '../entry.ts';

export const unionAbortedWhileAllRead: ZooEntry = {
  id: 'union-aborted-while-all-read',
  title: 'Checkpoints with union state are aborted while no subtask has ended at all',
  origin:
    'the boundary of SEMANTICS U5: >= for > where subtasks that have ended are counted; FLINK-21080 looks so from the other side',
  file: 'core/checkpoint/coordinator/pending-checkpoint.ts',
  find: 'return ended > 0 && ended < parallelism;',
  replace: 'return ended >= 0 && ended < parallelism;',
  law: 'founded-aborts',
};
