/** A share of the requests to external services is never answered, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SERVICE } from './vocabulary/knob.ts';

export const lostAnswers = defineRate({
  kind: 'lost-answers',
  title: 'an external service never answers',
  cause: 'a crash of theirs, a network that drops what it carries',
  test: ['sim/services/external.test.ts', 'answers never come, until faults heal'],
  swarm: SERVICE,
  knobs: {
    serviceLostPer1000: knob('per1000', [0, 200], 0, [2, 30], 'requests to external services without an answer'),
  },
  // What is under way when faults heal is given up, and asked again.
  cost: ({ serviceLostPer1000 }) => ({ restarts: serviceLostPer1000 === 0 ? 0 : 1 }),
});
