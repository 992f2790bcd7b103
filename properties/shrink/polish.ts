/** The last polish: smaller values instead of fewer elements. The full arbitrary shrinks any plan without knowing how it came about. */
import type fc from 'fast-check';
import type { Plan } from '../plan/plan.ts';
import type { Oracle } from './oracle.ts';
import { walkShrinks } from './walk.ts';

/** Within so many runs; afterwards `oracle.best` is the smallest plan found. */
export function polish(oracle: Oracle, plans: fc.Arbitrary<Plan>, runs: number): void {
  oracle.limit(runs);
  const from = { value: oracle.best.plan, context: undefined };
  walkShrinks(plans, from, {
    accepts: (plan) => oracle.fails(plan),
    get ended() {
      return oracle.exhausted;
    },
  });
}
