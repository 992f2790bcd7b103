import type { ZooEntry } from '../entry.ts';

export const maxRunsOverIdle: ZooEntry = {
  id: 'max-runs-over-idle',
  title: `The end of one channel ends event time while another one is idle, and comes back`,
  origin: `SEMANTICS V5, as Flink has it: the MAX of one channel runs over those that are idle`,
  file: 'core/time/status-watermark-valve.ts',
  find: `    if (this.#channels.every(isFinished)) {`,
  replace: `    if (this.#channels.some(isFinished) && this.#channels.every((one) => isFinished(one) || one.idle)) {`,
  law: 'watermarks',
};
