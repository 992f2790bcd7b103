/** A share of the puts takes far longer than usual, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, STORE } from './vocabulary/knob.ts';

export const objectStoreStalls = defineRate({
  kind: 'object-store-stalls',
  title: 'puts to the object store stall',
  cause: 'throttling, a slow replica',
  test: ['sim/services/object-store.test.ts', 'a stalled put takes effect late'],
  swarm: STORE,
  knobs: {
    objectStoreStallPer1000: knob('per1000', [0, 500], 0, [10, 120], 'puts that stall'),
    objectStoreStallMs: knob('ms', [0, 5_000], 2_000, [300, 3_000], 'how long they stall'),
  },
});
