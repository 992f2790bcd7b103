import type { ZooEntry } from '../entry.ts';

export const readerIdleWhileItGetsSplits: ZooEntry = {
  id: 'reader-idle-while-it-gets-splits',
  title:
    'The time of a reader without splits runs on while it has some: it is idle the moment the last one is finished',
  origin: 'the mistake that it stands for: the idleness of the main output does not see what its splits do',
  file: 'core/operators/source-operator.ts',
  find: `    if (heldUp || !this.#watermarks.isEmpty) this.#vacancy?.activity();
    if (this.#vacancy?.isIdle(nowMs) === true) this.#watermarks.vacate();`,
  replace: `    if (heldUp) this.#vacancy?.activity();
    if (this.#vacancy?.isIdle(nowMs) === true && this.#watermarks.isEmpty) this.#watermarks.vacate();`,
  law: 'idleness',
};
