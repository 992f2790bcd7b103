import type { ZooEntry } from '../entry.ts';

export const subsumedStaysBlocked: ZooEntry = {
  id: 'subsumed-stays-blocked',
  title: 'A newer barrier begins the next alignment without freeing the channels of the old one',
  origin: 'an early return that skips clean-up',
  file: 'core/checkpoint/barriers/barrier-handler.ts',
  find: `    this.#aligned.clear();
    this.#unblock(actions);
  }

  #unblock`,
  replace: `    this.#aligned.clear();
    if (cause === 'cancelled') this.#unblock(actions);
  }

  #unblock`,
  law: 'alignment-ends',
};
