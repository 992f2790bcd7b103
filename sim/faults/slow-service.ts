/** Requests to external services take time, and not always the same, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SERVICE } from './vocabulary/knob.ts';

export const slowService = defineRate({
  kind: 'slow-service',
  title: 'slow and jittery external service, until faults heal',
  cause: 'load, distance',
  test: ['sim/services/external.test.ts', 'a request takes its latency, and at most its jitter more'],
  swarm: SERVICE,
  knobs: {
    serviceLatencyUs: knob('us', [0, 50_000], 0, [500, 10_000], 'least time of a request to an external service'),
    serviceJitterUs: knob('us', [0, 50_000], 0, [1_000, 20_000], 'added to it by a draw'),
  },
  cost: ({ serviceLatencyUs, serviceJitterUs }) => ({ serviceUs: serviceLatencyUs + serviceJitterUs }),
});
