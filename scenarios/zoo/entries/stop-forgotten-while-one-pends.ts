import type { ZooEntry } from '../entry.ts';

export const stopForgottenWhileOnePends: ZooEntry = {
  id: `stop-forgotten-while-one-pends`,
  title: `A stop that is asked for while a checkpoint is under way is forgotten`,
  origin: `Arroyo 6f9bf300: the final checkpoint is not begun while another one runs, and nobody looks at the answer`,
  file: `core/checkpoint/coordinator/trigger-scheduler.ts`,
  find: `    else this.#savepoints.push(kind);`,
  replace: `    else if (this.#env.pending() < this.#env.config.maxConcurrent) this.#savepoints.push(kind);`,
  law: `settle`,
};
