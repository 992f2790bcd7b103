/**
 * Asks a run whether a candidate still fails in the same way, within a budget of runs.
 *
 * A candidate counts only if one of its violations has the very same signature: law, anomaly and place. What fails
 * otherwise has slipped to another failure and is kept, the smallest plan of each signature, as a case of its own.
 */
import { messageOf } from '../../core/errors.ts';
import { canonicalText } from '../plan/canonical.ts';
import type { Outcome, Violation } from '../outcome.ts';
import { signatureOf } from '../outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { weightOf } from './parts.ts';

export type Runner = (plan: Plan) => Outcome;

/** What shrinking may cost. */
export interface Budget {
  readonly runs: number;
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

export function violationWith(outcome: Outcome, signature: string): Violation | undefined {
  return outcome.verdict === 'fail' ? outcome.violations.find((v) => signatureOf(v) === signature) : undefined;
}

export class Oracle {
  readonly #run: Runner;
  readonly #admits: (plan: Plan) => boolean;
  readonly #expired: Budget['expired'];
  readonly #signature: string;
  readonly #known = new Map<string, boolean>();
  readonly #slipped = new Map<string, Failing>();
  readonly #crashes = new Set<string>();
  #runsMax: number;
  #eventsMax: number;
  #events = 0;
  #best: Failing;
  runs = 0;
  /** A candidate was turned down without a run; then all are, because thousands of them would still cost their text. */
  exhausted = false;

  /** `admits`: whether a candidate is a plan that could have been made; one that it refuses counts as not failing. */
  constructor(run: Runner, start: Failing, budget: Budget, admits: (plan: Plan) => boolean = () => true) {
    this.#run = run;
    this.#admits = admits;
    this.#expired = budget.expired;
    this.#signature = signatureOf(start.violation);
    this.#runsMax = budget.runs;
    this.#eventsMax = budget.events;
    this.#best = start;
    this.#known.set(canonicalText(start.plan), true);
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

  /** From here on, at most so much more. */
  limit({ runs, events }: Budget): void {
    this.#runsMax = this.runs + runs;
    this.#eventsMax = this.#events + events;
    this.exhausted = false;
  }

  /** True if the plan fails in the same way; it is then the best so far. Nothing is run twice. */
  fails(plan: Plan): boolean {
    // In front of the text: that of a large plan takes longer than many runs of a small one.
    this.exhausted ||= this.#expired?.() === true;
    if (this.exhausted) return false;
    const text = canonicalText(plan);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.runs >= this.#runsMax || this.#events >= this.#eventsMax) {
      this.exhausted = true;
      return false;
    }
    const same = this.#admits(plan) && this.#try(plan);
    this.#known.set(text, same);
    return same;
  }

  #try(plan: Plan): boolean {
    this.runs += 1;
    let outcome: Outcome;
    try {
      outcome = this.#run(plan);
    } catch (error) {
      this.#crashes.add(messageOf(error));
      return false;
    }
    this.#events += outcome.counters.events;
    const violation = violationWith(outcome, this.#signature);
    if (violation !== undefined) {
      this.#best = { plan, outcome, violation };
      return true;
    }
    const other = outcome.verdict === 'fail' ? outcome.violations[0] : undefined;
    if (other !== undefined) this.#keepSlipped({ plan, outcome, violation: other });
    return false;
  }

  #keepSlipped(failing: Failing): void {
    const signature = signatureOf(failing.violation);
    const kept = this.#slipped.get(signature);
    if (kept === undefined || weightOf(failing.plan) < weightOf(kept.plan)) this.#slipped.set(signature, failing);
  }
}
