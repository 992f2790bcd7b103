/**
 * Shrinks one failing plan, with the options of a campaign, and counts every run. Bundled together with an edited engine
 * (`edited-engine.ts`) and run as a process of its own.
 */
import { signatureOf } from '../../properties/outcome.ts';
import { planArbitrary } from '../../properties/plan/arbitrary.ts';
import { explicitPlan, topicsOf } from '../../properties/plan/explicit.ts';
import { FEW_RECORDS } from '../../properties/plan/knobs.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { run, type RunOptions, type RunResult } from '../../properties/run/run.ts';
import { type CurvePoint, violationWith } from '../../properties/shrink/oracle.ts';
import { type PlanSize, sizeOf, weightOf } from '../../properties/shrink/parts.ts';
import { polish } from '../../properties/shrink/polish.ts';
import { DEFAULT_BUDGET, POLISH_RUNS, shrink } from '../../properties/shrink/shrink.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import { benchScenario } from '../universes/scenario.ts';

export interface ShrinkRequest {
  readonly plan: Plan;
  readonly law: string;
}
export interface ShrinkResult {
  readonly from: PlanSize;
  readonly to: PlanSize;
  readonly minimal: boolean;
  /** Every run from the failing plan on. */
  readonly runs: number;
  /** Of those, until the values were polished. */
  readonly runsToElements: number;
  /** Size against runs. */
  readonly curve: readonly CurvePoint[];
}

process.on('message', (request: ShrinkRequest) => {
  process.send?.(shrunk(request), () => {
    process.disconnect();
  });
});

/** As `investigate` does it. */
function shrunk({ plan, law }: ShrinkRequest): ShrinkResult | string {
  const scratch = new Scratch();
  let runs = 0;
  const runOnce = (candidate: Plan, options: RunOptions = {}): RunResult => {
    runs++;
    return run(benchScenario, candidate, { ...options, scratch });
  };
  const recorded = runOnce(plan, { recordOverrides: true });
  const written = explicitPlan(benchScenario, plan, recorded.overrides ?? []);
  const violation = recorded.violations.find((one) => one.law === law);
  if (violation === undefined) return `the plan does not break the law ${law} any more: it needs another seed`;
  const until = signatureOf(violation);
  const candidate = (smaller: Plan): RunResult =>
    runOnce(smaller, { recordOverrides: true, until, judged: false, eventsMax: 20_000 + 4 * recorded.counters.events });
  const outcome = candidate(written);
  const found = violationWith(outcome, until);
  if (found === undefined) return 'written out, the plan does not fail any more';

  let runsToElements = 0;
  const start = { plan: { ...written, choices: { explicit: outcome.overrides ?? [] } }, outcome, violation: found };
  const {
    plan: small,
    minimal,
    curve,
  } = shrink(start, candidate, {
    budget: DEFAULT_BUDGET,
    helpers: FEW_RECORDS,
    polish: (oracle) => {
      runsToElements = runs;
      polish(oracle, planArbitrary(benchScenario, topicsOf(benchScenario, oracle.best.plan)), POLISH_RUNS);
    },
  });
  const from = sizeOf(written);
  return {
    from,
    to: sizeOf(small),
    minimal,
    runs,
    runsToElements,
    curve: [{ runs: 0, weight: weightOf(written) }, ...curve],
  };
}
