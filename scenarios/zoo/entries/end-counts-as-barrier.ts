import type { ZooEntry } from '../entry.ts';

export const endCountsAsBarrier: ZooEntry = {
  id: 'end-counts-as-barrier',
  title:
    'An aligned checkpoint whose time is over turns unaligned once a channel has ended, though no barrier has come',
  origin: 'FLINK-23041 and FLINK-24068 in their nearest form: what ends meanwhile, and the time of the alignment',
  file: 'core/checkpoint/barriers/barrier-handler.ts',
  find: '    if (this.#barrierCame) {\n      this.#overtake(actions);',
  replace: '    if (this.#aligned.size > 0) {\n      this.#overtake(actions);',
  law: 'barrier-discipline',
};
