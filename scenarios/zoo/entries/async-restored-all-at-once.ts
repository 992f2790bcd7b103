import type { ZooEntry } from '../entry.ts';

export const asyncRestoredAllAtOnce: ZooEntry = {
  id: 'async-restored-all-at-once',
  title: 'All restored elements are asked about at once, whatever the capacity',
  origin: 'a limit that holds for new input only: after a rescale the service gets a multiple of it',
  file: 'core/operators/heads/async-head.ts',
  find: 'while (this.#queue.size < this.#env.operator.capacity) {',
  replace: 'for (;;) {',
  law: 'async-capacity',
};
