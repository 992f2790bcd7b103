/** Requests to the log broker take time, and not always the same. */
import { defineRate } from './vocabulary/define.ts';
import { DELAYS, knob } from './vocabulary/knob.ts';

export const slowBroker = defineRate({
  kind: 'slow-broker',
  title: 'slow and jittery log broker',
  cause: 'load, distance',
  test: ['sim/faults/rates.test.ts', 'a request to each service takes its latency, and at most its jitter more'],
  swarm: DELAYS,
  knobs: {
    brokerLatencyUs: knob('us', [0, 10_000], 500, [100, 5_000], 'least time of a request to the log broker'),
    brokerJitterUs: knob('us', [0, 20_000], 0, [100, 10_000], 'added to it by a draw'),
  },
  cost: ({ brokerLatencyUs, brokerJitterUs }) => ({ brokerUs: brokerLatencyUs + brokerJitterUs }),
});
