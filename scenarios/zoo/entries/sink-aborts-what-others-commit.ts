import type { ZooEntry } from '../entry.ts';

export const sinkAbortsWhatOthersCommit: ZooEntry = {
  id: `sink-aborts-what-others-commit`,
  title: `A sink that opens aborts all that older attempts have left, of every subtask, but what it is to commit itself`,
  origin: `FLINK-7978: the transactional ids that a subtask aborts at its start are those of others, too`,
  file: `core/connectors/log/log-sink.ts`,
  find: `      if (name === undefined || keep.has(id)) continue;
      if (name.owner % parallelism !== subtask || name.attempt >= attempt) continue;
`,
  replace: `      if (name === undefined || name.attempt >= attempt) continue;
      if (keep.has(id) && name.owner % parallelism === subtask) continue;
`,
  law: `transactions`,
  also: [`settle`],
};
