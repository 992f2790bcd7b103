import type { ZooEntry } from '../entry.ts';

export const endDoesNotCompleteAlignment: ZooEntry = {
  id: 'end-does-not-complete-alignment',
  title: 'The end of a channel counts as aligned, but whether it was the last one is not checked',
  origin: 'FLINK-24068',
  file: 'core/checkpoint/barriers/barrier-handler.ts',
  find: `    this.#aligned.add(channel);
    return this.#completed([]);`,
  replace: `    this.#aligned.add(channel);
    return NOTHING;`,
  law: 'settle',
};
