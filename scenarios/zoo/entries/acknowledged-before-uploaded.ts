import type { ZooEntry } from '../entry.ts';

export const acknowledgedBeforeUploaded: ZooEntry = {
  id: 'acknowledged-before-uploaded',
  title: 'A checkpoint is acknowledged before its state is in the store',
  origin: 'HZ-1230: an indeterminate snapshot write counted as written',
  file: 'core/checkpoint/snapshot/snapshot-output.ts',
  find: `    if (this.#parts.length > 0) yield* writeObject(objects, this.#object, joined(this.#parts, this.#length));
`,
  replace: `    objects.put(this.#object, joined(this.#parts, this.#length));
`,
  law: 're-execution',
};
