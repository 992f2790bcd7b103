import type { ZooEntry } from '../entry.ts';

export const windowLateTooLate: ZooEntry = {
  id: 'window-late-too-late',
  title: 'A window still takes a record at its clean-up time',
  origin: 'the boundary of lateness: < for <=',
  file: 'core/operators/windows/window-operator.ts',
  find: '    return this.#isEventTime && this.#cleanupTime(window) <= watermark;',
  replace: '    return this.#isEventTime && this.#cleanupTime(window) < watermark;',
  law: 'event-time-conservation',
};
