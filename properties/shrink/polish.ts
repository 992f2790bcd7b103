/**
 * The last polish: smaller values instead of fewer elements, along the shrinks of fast-check. The full arbitrary shrinks any
 * plan without knowing how it came about.
 *
 * The way from one plan to the next smaller one is walked here, not by `fc.check`: that cannot be told to stop (an interrupted
 * property counts as passed), and behind the oracle's budget it would still build each of the shrinks of a large plan, for
 * minutes, to have it turned down.
 */
import type fc from 'fast-check';
import type { Plan } from '../plan/plan.ts';
import type { Oracle } from './oracle.ts';

/** Within so many runs; afterwards `oracle.best` is the smallest plan found. */
export function polish(oracle: Oracle, plans: fc.Arbitrary<Plan>, runs: number): void {
  oracle.limit(runs);
  let smaller = firstThatFails(oracle, plans.shrink(oracle.best.plan, undefined));
  while (smaller !== undefined) smaller = firstThatFails(oracle, plans.shrink(smaller.value, smaller.context));
}

/** Undefined: none does, or the budget is at its end. */
function firstThatFails(oracle: Oracle, shrinks: Iterable<fc.Value<Plan>>): fc.Value<Plan> | undefined {
  for (const candidate of shrinks) {
    if (oracle.fails(candidate.value)) return candidate;
    if (oracle.exhausted) return undefined;
  }
  return undefined;
}
