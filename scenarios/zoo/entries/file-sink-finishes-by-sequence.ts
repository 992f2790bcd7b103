import type { ZooEntry } from '../entry.ts';

export const fileSinkFinishesBySequence: ZooEntry = {
  id: 'file-sink-finishes-by-sequence',
  title: 'Finished files have names without the attempt: one takes the place of another',
  origin:
    'part counters that begin anew after a restore: files are overwritten; FLINK-37605: what a second end of input leaves has the id of the first',
  file: 'core/connectors/file/file-sink.ts',
  find: 'part-${sink}-${subtask}-${attempt}-${n}',
  replace: 'part-${sink}-${subtask}-${n}',
  law: 'files-once',
};
