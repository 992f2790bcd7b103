import type { Outcome } from '../properties/outcome.ts';

/** The outcome, if the universe passed: a failing one ends early and would be measured too cheap. */
export function passed<O extends Outcome>(outcome: O): O {
  if (outcome.verdict === 'pass') return outcome;
  const reason = outcome.violations[0]?.message ?? outcome.reason ?? 'no reason given';
  throw new Error(`a universe of the benchmark did not pass but was ${outcome.verdict}: ${reason}`);
}
