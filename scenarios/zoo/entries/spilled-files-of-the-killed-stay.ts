import type { ZooEntry } from '../entry.ts';

export const spilledFilesOfTheKilledStay: ZooEntry = {
  id: 'spilled-files-of-the-killed-stay',
  title: 'What a batch task that was killed had spilled to the disk is not removed with the rest',
  origin: 'our own engine: a directory for each task, which nobody looked into once the task was dead',
  file: 'core/state/host-files.ts',
  find: `  return [stateDirectory(job), copiesDirectory(job), sortDirectory(job)];
`,
  replace: `  return [stateDirectory(job), copiesDirectory(job)];
`,
  law: 'host-files',
};
