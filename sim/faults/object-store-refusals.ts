/** The object store refuses a share of the puts, until faults heal. Nothing was stored then, and the caller knows. */
import { defineRate } from './vocabulary/define.ts';
import { knob, STORE } from './vocabulary/knob.ts';

export const objectStoreRefusals = defineRate({
  kind: 'object-store-refusals',
  title: 'the object store refuses puts',
  cause: 'throttling, an outage',
  test: ['sim/services/object-store.test.ts', 'an unavailable store refuses puts, until it heals'],
  swarm: STORE,
  knobs: {
    objectStoreRefusedPer1000: knob('per1000', [0, 300], 0, [5, 80], 'puts that the object store refuses'),
  },
});
