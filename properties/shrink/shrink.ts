/**
 * Makes a failing plan small and keeps its failure (design decision D12).
 *
 *   explicit plan -> without what comes after the violation -> calm, or thin, if that fails too -> delta debugging, part by
 *   part, until a whole round removes nothing -> the same again with knobs that let few records go a long way -> if it is still
 *   large, with other draws -> polish of values -> 1-minimal, or the budget ran out
 */
import type { Plan } from '../plan/plan.ts';
import type { Budget, CurvePoint, Failing, Runner } from './oracle.ts';
import { Oracle } from './oracle.ts';
import type { Part, PartName } from './parts.ts';
import { records, REDRAWN_PARTS, SINGLE_PARTS, sizeOf, uniform, visibleBy, WAYS, weightOf } from './parts.ts';
import { redraw } from './redraw.ts';
import { reduce, removeSingles, type Shortened } from './reduce.ts';
import { asLong, thinned } from './thin.ts';

export interface ShrinkOptions {
  /** Of everything together. */
  readonly budget: Budget;
  /** Smaller values, after the elements: changes `oracle.best`. */
  readonly polish?: (oracle: Oracle) => void;
  /** Knobs, each tried on its own, that may let fewer records fail: see `FEW_RECORDS`. */
  readonly helpers?: readonly Plan['config'][];
  /** Plans that are worth a try before any other, the best to have first. */
  readonly simpler?: (plan: Plan) => Iterable<Plan>;
  /** Whether a plan is one that could have been made: others are not tried. */
  readonly admits?: (plan: Plan) => boolean;
  /** Which of `WAYS`; default: the first. */
  readonly way?: number;
  /** Hears of each plan that fails and is smaller than all before it, and of the first one, with the runs it took. */
  readonly improved?: (best: Failing, runs: number) => void;
}

export interface Shrunk extends Failing {
  /** Runs it took. */
  readonly runs: number;
  /** No single element can be taken away. False: the budget ran out before that was known. */
  readonly minimal: boolean;
  /** Size against runs. */
  readonly curve: readonly CurvePoint[];
  /** Other failures that candidates ran into, the smallest plan of each signature. */
  readonly slipped: readonly Failing[];
  /** Messages of candidates that could not be run: by the scenario, or by the harness. */
  readonly crashes: readonly string[];
}

export const DEFAULT_BUDGET: Budget = { runs: 300, redraws: 700, events: 8_000_000 };
/** Runs of that for smaller values. */
export const POLISH_RUNS = 30;
/** Runs that are left over for the polish, and for the proof that nothing more can be taken away. */
const RESERVE = 0.25;
/** Runs with other draws, of those that are for them. */
const REDRAWN = 0.55;
/** Of so few records no knob has to make fewer. */
const FEW = 2;
/** More than these nobody goes through one by one. */
const RECORDS_READ = 15;
const CHOICES_READ = 10;

/** `start` has explicit records and choices; what is still seeded stays as it is. */
export function shrink(start: Failing, run: Runner, options: ShrinkOptions): Shrunk {
  const { budget } = options;
  const parts = WAYS[options.way ?? 0] ?? WAYS[0];
  const oracle = new Oracle(run, start, budget, options.admits, options.improved);
  oracle.limit(Math.ceil(budget.runs * (1 - RESERVE)));
  for (const plan of options.simpler?.(start.plan) ?? []) if (oracle.fails(plan)) break;
  cut(oracle);
  calm(oracle);
  alike(oracle);
  thin(oracle);
  reduceAll(oracle, parts);
  if (alike(oracle)) {
    thin(oracle);
    reduceAll(oracle, parts);
  }
  for (const helper of options.helpers ?? []) reduceWith(oracle, helper, parts);
  const { redraws = 0 } = budget;
  if (redraws > 0 && isLarge(oracle.best.plan)) reduceRedrawn(oracle, parts, redraws);
  options.polish?.(oracle);
  oracle.limit(Infinity);
  removeEach(oracle);
  return {
    ...oracle.best,
    runs: oracle.runs,
    minimal: !oracle.exhausted,
    curve: oracle.curve,
    slipped: oracle.slipped,
    crashes: oracle.crashes,
  };
}

/** What a violation has not waited for: records that came later. That they end later may still have mattered. */
function cut(oracle: Oracle): void {
  const { plan, violation } = oracle.best;
  for (const factor of [1, 1.25, 2]) if (oracle.fails(visibleBy(plan, factor * violation.atUs))) return;
}

const NO_CHOICES: Plan['choices'] = { explicit: [] };

/** Large steps that often go well: then the rest is easy. */
function calm(oracle: Oracle): void {
  const { plan } = oracle.best;
  const drawsNothing = { ...plan, choices: NO_CHOICES };
  for (const candidate of [
    { ...drawsNothing, config: {}, incidents: [] },
    { ...drawsNothing, config: {} },
    drawsNothing,
  ])
    if (oracle.fails(candidate)) return;
}

/** One record again and again, if that fails: then it does not matter which of them meet. True if the plan has changed. */
function alike(oracle: Oracle): boolean {
  const { plan } = oracle.best;
  if (sizeOf(plan).records <= FEW) return false;
  return [0, 0.5, 1].some((part) => oracle.fails(uniform(plan, part)));
}

/** Starts from a thin plan if one fails. */
function thin(oracle: Oracle): void {
  for (const candidate of thinned(oracle.best.plan)) if (oracle.fails(candidate)) return;
}

/** Rounds over all parts until one changes nothing: an element may be needed only because of another one. */
function reduceAll(oracle: Oracle, parts: readonly Part[]): void {
  for (;;) {
    const before = oracle.best;
    for (const part of parts) reduce(part === records ? recordsOf(oracle) : listOf(part, oracle));
    if (oracle.best === before || oracle.exhausted) return;
  }
}

function listOf(part: Part, oracle: Oracle): Shortened {
  return {
    get count() {
      return part.count(oracle.best.plan);
    },
    get stopped() {
      return oracle.exhausted;
    },
    keep: (positions) => oracle.fails(part.keep(oracle.best.plan, positions)),
  };
}

/** Records that are taken away move those behind them to the front: if that ends the failure, they may keep their times. */
function recordsOf(oracle: Oracle): Shortened {
  const list = listOf(records, oracle);
  return {
    get count() {
      return list.count;
    },
    get stopped() {
      return list.stopped;
    },
    keep: (positions) => {
      const { plan } = oracle.best;
      const kept = records.keep(plan, positions);
      return oracle.fails(kept) || (positions.length > 0 && oracle.fails(asLong(kept, plan)));
    },
  };
}

/** Gives the plan other knobs and reduces it again: kept if it gets smaller. */
function reduceWith(oracle: Oracle, helper: Plan['config'], parts: readonly Part[]): void {
  const before = oracle.best;
  if (sizeOf(before.plan).records <= FEW) return;
  const helped: Plan = { ...before.plan, config: { ...before.plan.config, ...helper } };
  if (!oracle.fails(helped)) return;
  reduceAll(oracle, parts);
  if (weightOf(oracle.best.plan) >= weightOf(before.plan)) oracle.backTo(before);
}

/** It hangs on draws, and is more than a reader looks at. */
function isLarge(plan: Plan): boolean {
  const { records, choices = 0 } = sizeOf(plan);
  return choices > 0 && (records > RECORDS_READ || choices > CHOICES_READ);
}

/** What is taken away may have other draws; then as before, since most draws of the last success do not matter. */
function reduceRedrawn(oracle: Oracle, parts: readonly Part[], runs: number): void {
  const before = oracle.best;
  oracle.extend(runs);
  oracle.limit(Math.ceil(runs * REDRAWN));
  redraw(oracle, REDRAWN_PARTS);
  oracle.limit(Math.ceil(runs * (1 - REDRAWN - RESERVE)));
  reduceAll(oracle, parts);
  if (weightOf(oracle.best.plan) >= weightOf(before.plan)) oracle.backTo(before);
}

/** The proof that the plan is 1-minimal: mostly no run is needed, the reduction has asked all of it before. */
function removeEach(oracle: Oracle): void {
  for (;;) {
    const before = oracle.best;
    for (const part of SINGLE_PARTS) removeSingles(listOf(part, oracle));
    if (oracle.best === before || oracle.exhausted) return;
  }
}

/** Which single elements can be taken away with the failure kept: empty if the plan is 1-minimal. */
export function superfluous(
  failing: Failing,
  run: Runner,
): readonly { readonly part: PartName; readonly position: number }[] {
  return SINGLE_PARTS.flatMap((part) => {
    const positions = Array.from({ length: part.count(failing.plan) }, (_, position) => position);
    return positions.flatMap((position) => {
      const rest = positions.filter((other) => other !== position);
      const oracle = new Oracle(run, failing, { runs: 1, events: Infinity });
      return oracle.fails(part.keep(failing.plan, rest)) ? [{ part: part.name, position }] : [];
    });
  });
}
