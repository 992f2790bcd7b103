import type { ZooEntry } from '../entry.ts';

export const lateWindowEndsTheElement: ZooEntry = {
  id: 'late-window-ends-the-element',
  title: 'The first window that is late ends the element: no other window is asked, and it is not called late',
  origin: 'Arroyo 34799735: return in the place of continue, so the rest of the batch is dropped',
  file: 'core/operators/windows/window-operator.ts',
  find: `      if (this.#isLate(join.window, watermark)) this.#skip(join.window, watermark);
      else {`,
  replace: `      if (this.#isLate(join.window, watermark)) return this.#skip(join.window, watermark);
      else {`,
  law: 'event-time-conservation',
};
