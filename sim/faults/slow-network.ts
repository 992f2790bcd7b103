/** Messages between hosts take time, and not always the same. Order per connection is kept. */
import { defineRate } from './vocabulary/define.ts';
import { DELAYS, knob } from './vocabulary/knob.ts';

export const slowNetwork = defineRate({
  kind: 'slow-network',
  title: 'slow and jittery network',
  cause: 'load, distance',
  test: ['sim/services/network.test.ts', 'without jitter a message takes the latency'],
  swarm: DELAYS,
  knobs: {
    networkLatencyUs: knob('us', [0, 10_000], 200, [50, 5_000], 'least time of a message between hosts'),
    networkJitterUs: knob('us', [0, 20_000], 0, [100, 10_000], 'added to it by a draw'),
  },
  cost: ({ networkLatencyUs, networkJitterUs }) => ({ messageUs: networkLatencyUs + networkJitterUs }),
});
