import type { ZooEntry } from '../entry.ts';

export const fileSinkSweepsOwnSubtaskOnly: ZooEntry = {
  id: 'file-sink-sweeps-own-subtask-only',
  title: 'A file sink looks after the leftovers of its own subtask only',
  origin: 'leftovers of subtasks that are no more after a rescale: nobody removes them',
  file: 'core/connectors/file/file-sink.ts',
  find: "Number(parts['owner']) % parallelism !== subtask",
  replace: "Number(parts['owner']) !== subtask",
  law: 'files-once',
};
