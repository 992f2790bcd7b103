import type { ZooEntry } from '../entry.ts';

export const replayFilterOfKnownSubtasksOnly: ZooEntry = {
  id: 'replay-filter-of-known-subtasks-only',
  title: 'Replayed records are filtered by key group only where the subtask had state of its own',
  origin: 'FLINK-27031: a task with empty state is not told to filter',
  file: 'core/task/task-wiring.ts',
  find: '      isOwn: shared ? ownerCheck(env, spec) : () => true,',
  replace: '      isOwn: shared && receiver === env.task.subtask ? ownerCheck(env, spec) : () => true,',
  law: 'key-groups-owned-once',
};
