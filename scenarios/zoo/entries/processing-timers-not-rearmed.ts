import type { ZooEntry } from '../entry.ts';

export const processingTimersNotRearmed: ZooEntry = {
  id: 'processing-timers-not-rearmed',
  title: 'Restored processing-time timers wait for the next registration',
  origin: 'a timer that is not re-armed after a restore (SEMANTICS T1)',
  file: 'core/operators/heads/keyed-head.ts',
  find: `    if (head !== undefined) this.#env.armProcessingTimer(head);
`,
  replace: ``,
  law: 'timers',
};
