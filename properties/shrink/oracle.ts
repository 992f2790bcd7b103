/**
 * Asks a run whether a candidate still fails in the same way, within a budget of runs.
 *
 * A candidate counts only if one of its violations has the very same signature: law, anomaly and place. What fails
 * otherwise has slipped to another failure and is kept, the smallest plan of each signature, as a case of its own.
 *
 * A candidate that fails is written down with the draws that its run has made: a draw that nobody asks for is gone, a seed
 * is spelled out, and it is still the same run, so that none is spent on it.
 */
import { messageOf } from '../../core/errors.ts';
import { hashText } from '../../sim/kernel/digest.ts';
import type { Override } from '../../sim/kernel/types.ts';
import { canonicalText } from '../plan/canonical.ts';
import type { Outcome, Violation } from '../outcome.ts';
import { signatureOf } from '../outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { weightOf } from './parts.ts';

/** `overrides`: every draw of the run that was not 0, if it was asked to record them. */
export type Runner = (plan: Plan) => Outcome & { readonly overrides?: readonly Override[] };

/** What shrinking may cost. */
export interface Budget {
  readonly runs: number;
  /** Runs on top of those, for a plan that is still large since its failure hangs on draws: see `redraw.ts`. Default: none. */
  readonly redraws?: number;
  /** Kernel events of all runs together: some failures are long. */
  readonly events: number;
  /** The time is up: nothing more is tried. Default: never. */
  readonly expired?: () => boolean;
}

/** A plan that fails, and how. */
export interface Failing {
  readonly plan: Plan;
  readonly outcome: Outcome;
  readonly violation: Violation;
}

/** How small the plan was after so many runs, see `weightOf`. */
export interface CurvePoint {
  readonly runs: number;
  readonly weight: number;
}

export function violationWith(outcome: Outcome, signature: string): Violation | undefined {
  return outcome.verdict === 'fail' ? outcome.violations.find((v) => signatureOf(v) === signature) : undefined;
}

export class Oracle {
  readonly #run: Runner;
  readonly #admits: (plan: Plan) => boolean;
  readonly #improved: (best: Failing, runs: number) => void;
  readonly #budget: Budget;
  readonly #signature: string;
  /** By digest of the candidate: how it fails, or that it does not. */
  readonly #known = new Map<string, Failing | undefined>();
  readonly #slipped = new Map<string, Failing>();
  readonly #crashes = new Set<string>();
  readonly #curve: CurvePoint[] = [];
  /** What the budget has, extensions with it. */
  #allowed: number;
  #runsMax: number;
  #events = 0;
  #best: Failing;
  runs = 0;
  /** A candidate was turned down without a run; then all are, because thousands of them would still cost their text. */
  exhausted = false;

  /**
   * `admits`: whether a candidate is a plan that could have been made; one that it refuses counts as not failing. `improved`:
   * hears of each plan that fails and is smaller than all before it, and of `start`.
   */
  constructor(
    run: Runner,
    start: Failing,
    budget: Budget,
    admits: (plan: Plan) => boolean = () => true,
    improved: (best: Failing, runs: number) => void = () => undefined,
  ) {
    this.#run = run;
    this.#admits = admits;
    this.#improved = improved;
    this.#budget = budget;
    this.#signature = signatureOf(start.violation);
    this.#allowed = budget.runs;
    this.#runsMax = budget.runs;
    this.#best = start;
    this.#known.set(digestOf(start.plan), start);
    this.#note();
  }

  /** The last candidate that failed in the same way. */
  get best(): Failing {
    return this.#best;
  }

  /** Goes back to an earlier `best`: what came after it led nowhere. */
  backTo(best: Failing): void {
    this.#best = best;
  }

  get slipped(): readonly Failing[] {
    return [...this.#slipped.values()];
  }

  /** Messages of runs that did not end but threw: bugs of the harness, not of the engine. */
  get crashes(): readonly string[] {
    return [...this.#crashes];
  }

  /** The smallest weight so far, at each run that made it smaller. */
  get curve(): readonly CurvePoint[] {
    return this.#curve;
  }

  /** From here on, at most so many runs more, of those that the budget has left. */
  limit(runs: number): void {
    this.#runsMax = Math.min(this.#allowed, this.runs + runs);
    this.exhausted = false;
  }

  /** The budget has so many runs from here on, whatever was left of it. */
  extend(runs: number): void {
    this.#allowed = this.runs + runs;
    this.limit(runs);
  }

  /** True if the plan fails in the same way; it is then the best so far. Nothing is run twice. */
  fails(plan: Plan): boolean {
    // In front of the digest: that of a large plan takes longer than many runs of a small one.
    this.exhausted ||= this.#budget.expired?.() === true;
    if (this.exhausted) return false;
    const digest = digestOf(plan);
    if (this.#known.has(digest)) return this.#remembered(this.#known.get(digest));
    if (this.runs >= this.#runsMax || this.#events >= this.#budget.events) {
      this.exhausted = true;
      return false;
    }
    const failing = this.#admits(plan) ? this.#try(plan) : undefined;
    this.#known.set(digest, failing);
    return failing !== undefined;
  }

  #remembered(failing: Failing | undefined): boolean {
    if (failing !== undefined) this.#best = failing;
    return failing !== undefined;
  }

  #try(plan: Plan): Failing | undefined {
    this.runs += 1;
    let outcome: ReturnType<Runner>;
    try {
      outcome = this.#run(plan);
    } catch (error) {
      this.#crashes.add(messageOf(error));
      return undefined;
    }
    this.#events += outcome.counters.events;
    const violation = violationWith(outcome, this.#signature);
    if (violation !== undefined) {
      this.#best = { plan: withDraws(plan, outcome.overrides), outcome, violation };
      this.#known.set(digestOf(this.#best.plan), this.#best);
      this.#note();
      return this.#best;
    }
    const other = outcome.verdict === 'fail' ? outcome.violations[0] : undefined;
    if (other !== undefined) this.#keepSlipped({ plan, outcome, violation: other });
    return undefined;
  }

  #note(): void {
    const weight = weightOf(this.#best.plan);
    if (weight >= (this.#curve.at(-1)?.weight ?? Infinity)) return;
    this.#curve.push({ runs: this.runs, weight });
    this.#improved(this.#best, this.runs);
  }

  #keepSlipped(failing: Failing): void {
    const signature = signatureOf(failing.violation);
    const kept = this.#slipped.get(signature);
    if (kept === undefined || weightOf(failing.plan) < weightOf(kept.plan)) this.#slipped.set(signature, failing);
  }
}

function withDraws(plan: Plan, overrides: readonly Override[] | undefined): Plan {
  return overrides === undefined ? plan : { ...plan, choices: { explicit: overrides } };
}

/** 64 bits of its text: what was tried is remembered for hundreds of plans with thousands of draws. */
function digestOf(plan: Plan): string {
  const text = canonicalText(plan);
  return `${hashText(text, 0x74726965)} ${hashText(text, 0x64617274)}`;
}
