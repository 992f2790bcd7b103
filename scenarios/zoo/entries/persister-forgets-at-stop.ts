import type { ZooEntry } from '../entry.ts';

export const persisterForgetsAtStop: ZooEntry = {
  id: 'persister-forgets-at-stop',
  title: 'A channel forgets which checkpoint was stopped last',
  origin: 'FLINK-21104 (sister: the last stopped id is lost)',
  file: 'core/checkpoint/channel-state-persister.ts',
  find: `    this.#status = 'completed';
    this.#last = checkpoint;`,
  replace: `    this.#status = 'completed';
    this.#last = 0;`,
  law: 'channel-state',
};
