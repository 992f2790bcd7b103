/** A share of the requests to external services is answered twice, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SERVICE } from './vocabulary/knob.ts';

export const doubledAnswers = defineRate({
  kind: 'doubled-answers',
  title: 'an external service answers twice',
  cause: 'a retry in a client library or a proxy',
  test: ['sim/services/external.test.ts', 'answers come twice, until faults heal'],
  finds: 'async-second-failure-counts',
  swarm: SERVICE,
  knobs: {
    serviceTwicePer1000: knob('per1000', [0, 500], 0, [30, 300], 'answers of external services that come twice'),
  },
});
