import type { ZooEntry } from '../entry.ts';

export const barrierPlaceWithoutId: ZooEntry = {
  id: 'barrier-place-without-id',
  title: 'The place of the last barrier in a channel is taken for that of the checkpoint that begins',
  origin: 'FLINK-20654 (second part)',
  file: 'core/channels/input-gate.ts',
  find: `this.#lastBarrier?.checkpoint === checkpoint ? this.#lastBarrier.position : Infinity`,
  replace: `this.#lastBarrier !== undefined ? this.#lastBarrier.position : Infinity`,
  law: 'channel-state',
};
