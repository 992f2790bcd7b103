/** A share of the requests to external services fails, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SERVICE } from './vocabulary/knob.ts';

export const serviceErrors = defineRate({
  kind: 'service-errors',
  title: 'requests to an external service fail',
  cause: 'an outage, a bug of theirs',
  test: ['sim/services/external.test.ts', 'requests fail, until faults heal'],
  swarm: SERVICE,
  knobs: { serviceFailedPer1000: knob('per1000', [0, 500], 0, [10, 150], 'requests to external services that fail') },
});
