/**
 * Makes a failing plan small and keeps its failure (design decision D12).
 *
 *   explicit plan -> a thin one that fails too, if one is found -> no choices at all, if that still fails -> delta
 *   debugging, part by part, until a whole round removes nothing -> the same again with knobs that let few records go a long way -> polish of values, and delta
 *   debugging once more if that changed anything -> 1-minimal, or the budget ran out
 */
import type { Plan } from '../plan/plan.ts';
import type { ChoicesSpec } from '../../sim/kernel/types.ts';
import type { Budget, Failing, Runner } from './oracle.ts';
import { Oracle } from './oracle.ts';
import type { Part, PartName } from './parts.ts';
import { PARTS, SINGLE_PARTS, weightOf } from './parts.ts';
import { reduce, removeSingles } from './reduce.ts';
import { thinned } from './thin.ts';

export interface ShrinkOptions {
  /** For delta debugging; what comes after the polish may cost as much again. */
  readonly budget: Budget;
  /** Smaller values, after the elements: changes `oracle.best`. */
  readonly polish?: (oracle: Oracle) => void;
  /** The draws that this plan really makes and that differ from 0: drops overrides that no draw asks for. */
  readonly usedChoices?: (plan: Plan) => ChoicesSpec;
  /** Knobs, each tried on its own, that may let fewer records fail: see `FEW_RECORDS`. */
  readonly helpers?: readonly Plan['config'][];
  /** Plans that are worth a try before any other, the best to have first. */
  readonly simpler?: (plan: Plan) => Iterable<Plan>;
  /** Whether a plan is one that could have been made: others are not tried. */
  readonly admits?: (plan: Plan) => boolean;
}

export interface Shrunk extends Failing {
  /** Runs it took. */
  readonly runs: number;
  /** No single element can be taken away. False: the budget ran out before that was known. */
  readonly minimal: boolean;
  /** Other failures that candidates ran into, the smallest plan of each signature. */
  readonly slipped: readonly Failing[];
  /** Messages of candidates that crashed the harness. */
  readonly crashes: readonly string[];
}

export const DEFAULT_BUDGET: Budget = { runs: 400, events: 4_000_000 };
export const POLISH_BUDGET: Budget = { runs: 120, events: 1_000_000 };

/** `start` has explicit records and choices; what is still seeded stays as it is. */
export function shrink(start: Failing, run: Runner, options: ShrinkOptions): Shrunk {
  const oracle = new Oracle(run, start, options.budget, options.admits);
  for (const plan of options.simpler?.(start.plan) ?? []) if (oracle.fails(plan)) break;
  thin(oracle, options);
  calmChoices(oracle);
  reduceAll(oracle, options);
  for (const helper of options.helpers ?? []) reduceWith(oracle, helper, options);
  const reduced = oracle.best;
  options.polish?.(oracle);
  oracle.limit(options.budget);
  if (oracle.best !== reduced) reduceAll(oracle, options);
  removeEach(oracle);
  return {
    ...oracle.best,
    runs: oracle.runs,
    minimal: !oracle.exhausted,
    slipped: oracle.slipped,
    crashes: oracle.crashes,
  };
}

/** Starts from a thin plan if one fails; one with seeded choices counts only if it fails written out, too. */
function thin(oracle: Oracle, { usedChoices }: ShrinkOptions): void {
  const before = oracle.best;
  for (const candidate of thinned(before.plan)) {
    const isSeeded = 'seed' in candidate.choices;
    if (isSeeded && usedChoices === undefined) continue;
    if (!oracle.fails(candidate)) continue;
    if (!isSeeded || usedChoices === undefined) return;
    if (oracle.fails({ ...candidate, choices: usedChoices(candidate) })) return;
    oracle.backTo(before);
  }
}

/** Thousands of choices often vanish in one run; if they do not, they wait until the rest of the plan is small. */
function calmChoices(oracle: Oracle): void {
  const { plan } = oracle.best;
  if ('explicit' in plan.choices) oracle.fails({ ...plan, choices: { explicit: [] } });
}

/** Rounds over all parts until one changes nothing: an element may be needed only because of another one. */
function reduceAll(oracle: Oracle, options: ShrinkOptions): void {
  for (;;) {
    const before = oracle.best;
    for (const part of PARTS) {
      if (part.name === 'labels') dropUnusedChoices(oracle, options);
      const { plan } = oracle.best;
      reduce(
        part.count(plan),
        (positions) => oracle.fails(part.keep(plan, positions)),
        () => oracle.exhausted,
      );
    }
    if (oracle.best === before || oracle.exhausted) return;
  }
}

/** Gives the plan other knobs and reduces it again: kept if it gets smaller. */
function reduceWith(oracle: Oracle, helper: Plan['config'], options: ShrinkOptions): void {
  const before = oracle.best;
  const helped: Plan = { ...before.plan, config: { ...before.plan.config, ...helper } };
  if (!oracle.fails(helped)) return;
  reduceAll(oracle, options);
  if (weightOf(oracle.best.plan) >= weightOf(before.plan)) oracle.backTo(before);
}

function dropUnusedChoices(oracle: Oracle, { usedChoices }: ShrinkOptions): void {
  const { plan } = oracle.best;
  if (oracle.exhausted) return;
  if (usedChoices === undefined || !('explicit' in plan.choices) || plan.choices.explicit.length === 0) return;
  oracle.fails({ ...plan, choices: usedChoices(plan) });
}

/** The proof that the plan is 1-minimal: mostly no run is needed, the reduction has asked all of it before. */
function removeEach(oracle: Oracle): void {
  for (;;) {
    const before = oracle.best;
    for (const part of SINGLE_PARTS) {
      const { plan } = oracle.best;
      removeSingles(
        positionsOf(part, plan),
        (positions) => oracle.fails(part.keep(plan, positions)),
        () => oracle.exhausted,
      );
    }
    if (oracle.best === before || oracle.exhausted) return;
  }
}

function positionsOf(part: Part, plan: Plan): readonly number[] {
  return Array.from({ length: part.count(plan) }, (_, position) => position);
}

/** Which single elements can be taken away with the failure kept: empty if the plan is 1-minimal. */
export function superfluous(
  failing: Failing,
  run: Runner,
): readonly { readonly part: PartName; readonly position: number }[] {
  return SINGLE_PARTS.flatMap((part) => {
    const positions = positionsOf(part, failing.plan);
    return positions.flatMap((position) => {
      const rest = positions.filter((other) => other !== position);
      const oracle = new Oracle(run, failing, { runs: 1, events: Infinity });
      return oracle.fails(part.keep(failing.plan, rest)) ? [{ part: part.name, position }] : [];
    });
  });
}
