import type { ZooEntry } from '../entry.ts';

export const acknowledgedBeforeUploaded: ZooEntry = {
  id: 'acknowledged-before-uploaded',
  title: 'A checkpoint is acknowledged before its state is in the store',
  origin: 'HZ-1230: an indeterminate snapshot write counted as written',
  file: 'core/checkpoint/snapshot/upload.ts',
  find: `  yield* writeObject(objects, name, joined(parts, at));
`,
  replace: `  objects.put(name, joined(parts, at));
`,
  law: 're-execution',
};
