import type { ZooEntry } from '../entry.ts';

export const checkpointNeverExpires: ZooEntry = {
  id: `checkpoint-never-expires`,
  title: `A checkpoint whose acknowledgements do not come never expires`,
  origin: `Hazelcast Jet 97f2654f01: the request of a snapshot is sent once, and those that have taken it wait for ever`,
  file: `core/checkpoint/coordinator/coordinator.ts`,
  find: `      if (!this.#over && pending.state === 'collecting') this.#abort(pending, 'expired');`,
  replace: `      if (!this.#over && pending.state === 'over') this.#abort(pending, 'expired');`,
  law: `settle`,
};
