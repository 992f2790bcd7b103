import type { ZooEntry } from '../entry.ts';

export const cleanUpByMergedBounds: ZooEntry = {
  id: 'clean-up-by-merged-bounds',
  title:
    'The clean-up of a merged window removes what is kept under its own bounds, and its elements are kept under older ones',
  origin: 'the mistake that it stands for: a merged window and the window that holds its state are taken for the same',
  file: 'core/operators/windows/window-operator.ts',
  find: `    this.#contents.remove(state);
    this.#at(window).clear(window, this.#context);`,
  replace: `    this.#contents.remove(window);
    this.#at(window).clear(window, this.#context);`,
  law: 're-execution',
};
