/** A share of the connections, drawn once for each, whose messages all take longer, both ways and in order, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob } from './vocabulary/knob.ts';

export const slowLinks = defineRate({
  kind: 'slow-links',
  title: 'a share of connections whose messages all take longer, in order, until faults heal',
  cause: 'a distant or loaded machine',
  test: [
    'sim/services/network.test.ts',
    'a slow link delays every message both ways, in order; which link is slow is drawn once for each',
  ],
  swarm: { name: 'links', on: 350, drawn: 1000 },
  knobs: {
    slowLinkPer1000: knob('per1000', [0, 1_000], 0, [100, 500], 'connections whose messages take longer, both ways'),
    slowLinkUs: knob('us', [0, 100_000], 0, [2_000, 30_000], 'how much longer'),
  },
  cost: ({ slowLinkPer1000, slowLinkUs }) =>
    slowLinkPer1000 > 0 ? { messageUs: slowLinkUs, bufferUs: 2 * slowLinkUs } : {},
});
