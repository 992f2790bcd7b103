/** An external service works on so many requests at once and turns the others away, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SERVICE } from './vocabulary/knob.ts';

export const serviceThrottling = defineRate({
  kind: 'service-throttling',
  title: 'an external service throttles',
  cause: 'a quota',
  test: ['sim/services/external.test.ts', 'what is above the limit is throttled, until faults heal'],
  swarm: SERVICE,
  knobs: {
    serviceConcurrencyMax: knob(
      'count',
      [0, 64],
      0,
      [1, 8],
      'requests that an external service works on at once; 0: any number',
    ),
  },
});
