/**
 * The last polish: smaller values instead of fewer elements, by fast-check. The plan is handed over as an example of the
 * full arbitrary, which shrinks any plan without knowing how it came about.
 *
 * fast-check counts an interrupted property as passed, so there is no time limit here: the oracle's budget of runs turns
 * further candidates down instead, and the oracle remembers the best one itself.
 */
import fc from 'fast-check';
import type { Plan } from '../plan/plan.ts';
import type { Oracle } from './oracle.ts';

/** Within so many runs; afterwards `oracle.best` is the smallest plan found. */
export function polish(oracle: Oracle, plans: fc.Arbitrary<Plan>, runs: number): void {
  oracle.limit(runs);
  const property = fc.property(plans, (plan) => oracle.exhausted || !oracle.fails(plan));
  fc.check(property, { examples: [[oracle.best.plan]], numRuns: 1, seed: 1 });
}
