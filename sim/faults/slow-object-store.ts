/** Requests to the object store take time, and not always the same. */
import { defineRate } from './vocabulary/define.ts';
import { DELAYS, knob } from './vocabulary/knob.ts';

export const slowObjectStore = defineRate({
  kind: 'slow-object-store',
  title: 'slow and jittery object store',
  cause: 'load, distance',
  test: ['sim/faults/rates.test.ts', 'a request to each service takes its latency, and at most its jitter more'],
  swarm: DELAYS,
  knobs: {
    objectStoreLatencyUs: knob(
      'us',
      [0, 100_000],
      5_000,
      [1_000, 30_000],
      'least time of a request to the object store',
    ),
    objectStoreJitterUs: knob('us', [0, 100_000], 0, [1_000, 40_000], 'added to it by a draw'),
  },
  cost: ({ objectStoreLatencyUs, objectStoreJitterUs }) => ({
    objectStoreUs: objectStoreLatencyUs + objectStoreJitterUs,
  }),
});
