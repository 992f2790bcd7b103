import type { ZooEntry } from '../entry.ts';

export const heldUpTimeBeginsAnew: ZooEntry = {
  id: 'held-up-time-begins-anew',
  title:
    'Where its reader is held up, the time that a split has been quiet begins anew: behind a slow task it is never idle',
  origin: 'the boundary of SEMANTICS V9: a clock that is reset for one that stands still',
  file: 'core/time/idleness.ts',
  find: `    else if (heldUp) this.#sinceMs += sinceLookMs;`,
  replace: `    else if (heldUp) this.#sinceMs = nowMs;`,
  law: 'idleness',
};
