/**
 * The second way to make a plan small, for a failure that hangs on its draws.
 *
 * Delta debugging keeps the draws of the failing run. Where many of them matter, whatever is taken away shifts all that comes
 * behind it, and no smaller plan fails with these draws, though it may with others. So each candidate is asked with its own
 * draws first, then with those of a few seeds. If the failure comes in one of n runs of a plan, a candidate in which it is as
 * frequent is found with probability 1 - (1 - 1 / n) ^ `SEEDS`: 0.3 for n = 28.
 */
import type { Plan } from '../plan/plan.ts';
import type { Oracle } from './oracle.ts';
import type { Part } from './parts.ts';
import { reduce, type Shortened } from './reduce.ts';

const SEEDS = 10;
/** That nothing of a part is needed is worth more of them. */
const SEEDS_OF_NONE = 30;

/** Reduces these parts, in rounds, until one changes nothing or the oracle is exhausted. */
export function redraw(oracle: Oracle, parts: readonly Part[]): void {
  // None is asked twice: a later round has seeds of its own.
  let seeds = 0;
  const failsWithOthers = (plan: Plan, most: number): boolean => {
    for (const last = seeds + most; seeds < last && !oracle.exhausted;)
      if (oracle.fails({ ...plan, choices: { seed: `redrawn ${seeds++}` } })) return true;
    return false;
  };
  const fails = (plan: Plan, most: number): boolean => oracle.fails(plan) || failsWithOthers(plan, most);
  for (;;) {
    const before = oracle.best;
    for (const part of parts) reduce(redrawn(part, oracle, fails));
    if (oracle.best === before || oracle.exhausted) return;
  }
}

function redrawn(part: Part, oracle: Oracle, fails: (plan: Plan, seeds: number) => boolean): Shortened {
  return {
    get count() {
      return part.count(oracle.best.plan);
    },
    get stopped() {
      return oracle.exhausted;
    },
    keep: (positions) => fails(part.keep(oracle.best.plan, positions), positions.length === 0 ? SEEDS_OF_NONE : SEEDS),
  };
}
