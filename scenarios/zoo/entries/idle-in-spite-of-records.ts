import type { ZooEntry } from '../entry.ts';

export const idleInSpiteOfRecords: ZooEntry = {
  id: 'idle-in-spite-of-records',
  title: 'A record that comes and is read between two looks is no activity',
  origin: 'FLINK-34252: the time of the last record is updated wrongly',
  file: 'core/operators/source-operator.ts',
  find: `      idleTimer?.activity();
`,
  replace: ``,
  law: 'idleness',
};
