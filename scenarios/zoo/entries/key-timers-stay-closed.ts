import type { ZooEntry } from '../entry.ts';

export const keyTimersStayClosed: ZooEntry = {
  id: 'key-timers-stay-closed',
  title: 'Once the first key of a batch task has ended no other can set a timer',
  origin: 'of the kind of other engines: what holds for one key outlives it',
  file: 'core/state/heap/heap-backend.ts',
  find: `    for (const domain of TIMER_DOMAINS) this.#timers[domain].closed = false;
`,
  replace: `    for (const domain of TIMER_DOMAINS) this.#timers[domain].closed ||= false;
`,
  law: 're-execution',
};
