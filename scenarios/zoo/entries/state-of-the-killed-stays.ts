import type { ZooEntry } from '../entry.ts';

export const stateOfTheKilledStays: ZooEntry = {
  id: 'state-of-the-killed-stays',
  title: 'What the backend of a task that was killed had written to its host is not removed with the rest',
  origin: 'of the kind of FLINK-26450; what killed sorts had spilled was left so by our own engine',
  file: 'core/state/host-files.ts',
  find: `  return [stateDirectory(job), copiesDirectory(job), sortDirectory(job)];
`,
  replace: `  return [copiesDirectory(job), sortDirectory(job)];
`,
  law: 'host-files',
};
