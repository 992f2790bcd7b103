import type { ZooEntry } from '../entry.ts';

export const ringLeavesItArmed: ZooEntry = {
  id: 'ring-leaves-it-armed',
  title: 'A processing-time timer that has rung counts as armed: no later time is asked for',
  origin: 'FLINK-8747: a flag says that something is waited for, and is reset on one of two paths only',
  file: 'core/task/processing-timer.ts',
  find: `      this.#armed = undefined;
      this.#ring();`,
  replace: `      this.#ring();`,
  law: 'timers',
};
