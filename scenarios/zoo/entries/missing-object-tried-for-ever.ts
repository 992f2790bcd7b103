import type { ZooEntry } from '../entry.ts';

export const missingObjectTriedForEver: ZooEntry = {
  id: 'missing-object-tried-for-ever',
  title: 'A checkpoint of which an object is gone is restored again and again: the job never says what it lacks',
  origin: 'of the kind of FLINK-5763: a checkpoint counts as there, and what it consists of is not',
  file: 'core/cluster/attempt-preparation.ts',
  find: `  if (missing !== undefined) throw new JobError(cannotBeRestored(newest.checkpoint, missing));
`,
  replace: '',
  law: 'settle',
};
