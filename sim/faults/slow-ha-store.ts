/** Requests to the HA store take time, and not always the same. */
import { defineRate } from './vocabulary/define.ts';
import { DELAYS, knob } from './vocabulary/knob.ts';

export const slowHaStore = defineRate({
  kind: 'slow-ha-store',
  title: 'slow and jittery HA store',
  cause: 'load, distance, an election of its own',
  test: ['sim/faults/rates.test.ts', 'a request to each service takes its latency, and at most its jitter more'],
  swarm: DELAYS,
  knobs: {
    haLatencyUs: knob('us', [0, 50_000], 1_000, [200, 10_000], 'least time of a request to the HA store'),
    haJitterUs: knob('us', [0, 50_000], 0, [200, 20_000], 'added to it by a draw'),
  },
  cost: ({ haLatencyUs, haJitterUs }) => ({ haUs: haLatencyUs + haJitterUs }),
});
