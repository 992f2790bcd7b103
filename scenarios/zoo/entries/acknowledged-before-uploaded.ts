import type { ZooEntry } from '../entry.ts';

export const acknowledgedBeforeUploaded: ZooEntry = {
  id: 'acknowledged-before-uploaded',
  title: 'A checkpoint is acknowledged before its state is in the store',
  origin: 'HZ-1230: an indeterminate snapshot write counted as written',
  file: 'core/checkpoint/snapshot/snapshot-output.ts',
  find: `    yield* writeObjects(objects, written);
`,
  replace: `    for (const [name, bytes] of written) objects.put(name, bytes);
`,
  law: 're-execution',
};
