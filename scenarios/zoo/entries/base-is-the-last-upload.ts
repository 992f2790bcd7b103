import type { ZooEntry } from '../entry.ts';

export const baseIsTheLastUpload: ZooEntry = {
  id: 'base-is-the-last-upload',
  title:
    'The runs of the last checkpoint that was uploaded are the base of the next one, whether or not it is complete',
  origin: 'FLINK-6504: the bookkeeping of uploads and of completions is one',
  file: 'core/state/lsm/uploaded-runs.ts',
  find: `    this.#taken.set(checkpoint, objects);`,
  replace: `    this.#taken.set(checkpoint, objects);
    this.#base = objects;`,
  law: 'settle',
  also: ['incremental-base', 'reference-closure'],
  note: 'Once a checkpoint was aborted all that follow name what went with it, and are aborted, too.',
};
