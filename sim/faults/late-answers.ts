/** A share of the requests to external services takes far longer than usual, until faults heal. */
import { defineRate } from './vocabulary/define.ts';
import { knob, SERVICE } from './vocabulary/knob.ts';

export const lateAnswers = defineRate({
  kind: 'late-answers',
  title: 'answers of an external service come far too late',
  cause: 'a pause of theirs, a retry on the way',
  test: ['sim/services/external.test.ts', 'answers come late, until faults heal'],
  swarm: SERVICE,
  knobs: {
    serviceLatePer1000: knob('per1000', [0, 300], 0, [5, 60], 'answers of external services that come late'),
    serviceLateMs: knob('ms', [1, 5_000], 400, [50, 1_000], 'how much later they come'),
  },
  // A share of the requests; what is still under way when faults heal may come too late.
  cost: ({ serviceLatePer1000, serviceLateMs }) =>
    serviceLatePer1000 === 0 ? {} : { serviceUs: serviceLatePer1000 * serviceLateMs, restarts: 1 },
});
