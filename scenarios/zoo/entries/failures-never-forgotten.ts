import type { ZooEntry } from '../entry.ts';

export const failuresNeverForgotten: ZooEntry = {
  id: 'failures-never-forgotten',
  title: 'A success does not start the count of failed checkpoints afresh: an attempt is given up after so many in all',
  origin: 'FLINK-12364 and FLINK-10074 in their nearest form: how many failures in a row a job tolerates',
  file: 'core/checkpoint/coordinator/failure-manager.ts',
  find: '    this.#lastCompleted = checkpoint;\n    this.#counted.clear();\n',
  replace: '    this.#lastCompleted = checkpoint;\n',
  law: 'tolerable-failures',
};
