/**
 * What happens to a failing run: it is run again with its draws recorded, written out, shrunk, run once more with a
 * trace, and made into a case. Only failing runs pay for any of this.
 */
import type { Case } from '../case/case.ts';
import { caseOf } from '../case/replay.ts';
import { NO_DIGEST, type Outcome, type Violation } from '../outcome.ts';
import type { RunResult } from '../run/run.ts';
import { signatureOf } from '../outcome.ts';
import { planArbitrary } from '../plan/arbitrary.ts';
import { JOB_LAW } from '../laws/job.ts';
import { explicitPlan, topicsOf } from '../plan/explicit.ts';
import { expand } from '../plan/generate.ts';
import { FEW_RECORDS } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { Budget, Failing, Oracle } from '../shrink/oracle.ts';
import { violationWith } from '../shrink/oracle.ts';
import { type PlanSize, sizeOf } from '../shrink/parts.ts';
import { polish } from '../shrink/polish.ts';
import { DEFAULT_BUDGET, POLISH_RUNS, shrink } from '../shrink/shrink.ts';
import type { Shrunk } from '../shrink/shrink.ts';
import type { RunPlan } from './campaign.ts';
import { located, type Story, storyOf } from './story.ts';

/** The story is that of the shrunken run. */
export interface Finding extends Story {
  readonly kase: Case;
  readonly violation: Violation;
  /** Cases of other failures that candidates slipped to, unless the same run shows them too. */
  readonly slipped: readonly Case[];
  /** What a reader should know about the shrinking; mostly nothing. */
  readonly notes: readonly string[];
}

/** Where a failing plan came from. */
export interface Origin {
  readonly seed: string;
  readonly run: number;
}

export interface Budgets {
  readonly shrink: Budget;
  /** Runs of those, for smaller values. */
  readonly polish: number;
}
const BUDGETS: Budgets = { shrink: DEFAULT_BUDGET, polish: POLISH_RUNS };

/** How a failing plan is made small, if not in the usual way. */
export interface Shrinking {
  /** Default: what the seed stands for. */
  readonly plan?: Plan;
  readonly budgets?: Budgets;
  /** See `ShrinkOptions`. */
  readonly way?: number;
  readonly admits?: (plan: Plan) => boolean;
  readonly simpler?: (plan: Plan) => Iterable<Plan>;
  /** Hears of each plan that is smaller than all before it, as far as it is known then: for when this is ended from outside. */
  readonly improved?: (finding: Finding) => void;
  /** Smaller records, before the rest of the plan is polished: changes `oracle.best`. */
  readonly polish?: (oracle: Oracle) => void;
}

/** The plan of a seed fails with this signature: makes it small. Undefined: it does not fail so here, which is non-determinism. */
export function investigate(
  scenario: Scenario,
  origin: Origin,
  signature: string,
  runPlan: RunPlan,
  shrinking: Shrinking = usualShrinking(scenario, origin),
): Finding | undefined {
  // What is not the job's fault in the first run is not asked again of each smaller one.
  const judged = signature.startsWith(`${JOB_LAW}/`);
  const run: RunPlan = (of, candidate, detail) => runPlan(of, candidate, { ...detail, judged });
  const { plan = expand(scenario, origin.seed), budgets = BUDGETS, admits, simpler, way = 0 } = shrinking;
  const recorded = run(scenario, plan, { recordOverrides: true });
  const violation = violationWith(recorded, signature);
  if (violation === undefined) return undefined;
  const written = explicitPlan(scenario, plan, recorded.overrides ?? []);
  const from = sizeOf(written);
  const asWritten = run(scenario, written);
  // Candidates are asked for this violation only, and end with it: what they have drawn until then is all that they need.
  const asked = { recordOverrides: true, eventsMax: eventsMaxOf(recorded), until: signature };
  const candidate = (smaller: Plan): RunResult => run(scenario, smaller, asked);
  const start = failing(written, candidate(written), signature);
  const shrunk =
    start === undefined
      ? unshrunk({ plan, outcome: recorded, violation })
      : shrink(start, candidate, {
          budget: budgets.shrink,
          helpers: FEW_RECORDS,
          way,
          ...(admits === undefined ? {} : { admits }),
          ...(simpler === undefined ? {} : { simpler }),
          improved: (best, runs) => shrinking.improved?.(soFar(best, origin, { from, runs })),
          polish: (oracle) => {
            shrinking.polish?.(oracle);
            polish(oracle, planArbitrary(scenario, topicsOf(scenario, oracle.best.plan)), budgets.polish);
          },
        });
  const ended = run(scenario, shrunk.plan, { trace: true });
  // Run to its end it may break so much else that this is not among what is shown.
  const isShown = violationWith(ended, signature) !== undefined;
  const smallest = isShown ? { ...shrunk, outcome: ended } : { ...shrunk, plan, outcome: recorded, minimal: false };
  const { runs, minimal, outcome } = smallest;
  const symptoms = new Set([...recorded.violations, ...outcome.violations].map(signatureOf));
  return {
    kase: caseOf(smallest, origin, { from, to: sizeOf(smallest.plan), runs, minimal }),
    violation: located(violationWith(outcome, signature) ?? violation, scenario.build(smallest.plan).job),
    ...storyOf(isShown ? ended : run(scenario, plan, { trace: true }), violation.law),
    slipped: shrunk.slipped
      .filter((slip) => !symptoms.has(signatureOf(slip.violation)))
      .map((slip) => caseOf(slip, origin, { from, to: sizeOf(slip.plan), runs, minimal: false })),
    notes: notesOf(start === undefined ? undefined : asWritten, smallest, recorded.digest),
  };
}

/** As the scenario says, if it says something. */
export function usualShrinking(scenario: Scenario, { seed }: Pick<Origin, 'seed'>): Shrinking {
  const own = scenario.shrinkingOf?.(seed);
  if (own === undefined) return {};
  return {
    admits: (plan) => own.admits(plan),
    simpler: (plan) => own.simpler(plan),
    polish: (oracle) => {
      oracle.limit(POLISH_RUNS);
      own.polish(oracle);
    },
  };
}

/** A smaller plan that takes much longer runs in circles: it is given up, so that shrinking ends. */
function eventsMaxOf({ counters }: Outcome): number {
  return 20_000 + 4 * counters.events;
}

function failing(plan: Plan, outcome: RunResult, signature: string): Failing | undefined {
  const violation = violationWith(outcome, signature);
  const choices = { explicit: outcome.overrides ?? [] };
  return violation === undefined ? undefined : { plan: { ...plan, choices }, outcome, violation };
}

function unshrunk(start: Failing): Shrunk {
  return { ...start, runs: 0, minimal: false, curve: [], slipped: [], crashes: [] };
}

/** A candidate ends with its violation: of its run to the end nothing is known. */
function soFar(
  best: Failing,
  origin: Origin,
  { from, runs }: { readonly from: PlanSize; readonly runs: number },
): Finding {
  const unknown = { ...best, outcome: { ...best.outcome, digest: NO_DIGEST } };
  return {
    kase: caseOf(unknown, origin, { from, to: sizeOf(best.plan), runs, minimal: false }),
    violation: best.violation,
    trace: [],
    heard: [],
    slipped: [],
    notes: ['shrinking was broken off: this is the smallest plan that it had found, and more may be taken away'],
  };
}

/** `asWritten`: the run of the plan once it was written out; undefined if that does not fail. */
function notesOf(asWritten: Outcome | undefined, shrunk: Shrunk, digest: string): readonly string[] {
  const notes: string[] = [];
  if (asWritten === undefined) {
    notes.push(
      'written out record by record and draw by draw the plan does not fail: it is kept with its seed, unshrunk',
    );
  } else if (asWritten.digest !== digest) {
    notes.push(`written out the plan is another run (digest ${asWritten.digest}, from its seed ${digest})`);
  }
  if (!shrunk.minimal && asWritten !== undefined) notes.push('the budget ran out: more may be taken away');
  notes.push(...shrunk.crashes.map((crash) => `a smaller candidate could not be run: ${crash}`));
  return notes;
}
