import type { ZooEntry } from '../entry.ts';

export const partCommittedForTheWhole: ZooEntry = {
  id: 'part-committed-for-the-whole',
  title: 'A checkpoint counts as committed once a part of its committables is: the rest is forgotten',
  origin:
    'FLINK-29509 and the Delta sink: committables that come in two parts, and the second one is skipped as a repetition of its checkpoint',
  file: 'core/operators/sink-operator.ts',
  find: 'this.#pending = this.#pending.filter((one) => one !== next);',
  replace: 'this.#pending = this.#pending.filter((one) => one.checkpoint !== next.checkpoint);',
  law: 'files-once',
};
