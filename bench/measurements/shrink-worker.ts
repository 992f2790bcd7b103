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
import { violationWith } from '../../properties/shrink/oracle.ts';
import { type PlanSize, sizeOf } from '../../properties/shrink/parts.ts';
import { polish } from '../../properties/shrink/polish.ts';
import { DEFAULT_BUDGET, POLISH_BUDGET, shrink } from '../../properties/shrink/shrink.ts';
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
}

process.on('message', (request: ShrinkRequest) => {
  process.send?.(shrunk(request), () => {
    process.disconnect();
  });
});

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
  const outcome = runOnce(written);
  if (violationWith(outcome, signatureOf(violation)) === undefined)
    return 'written out, the plan does not fail any more';

  let runsToElements = 0;
  const { plan: small, minimal } = shrink({ plan: written, outcome, violation }, (candidate) => runOnce(candidate), {
    budget: DEFAULT_BUDGET,
    helpers: FEW_RECORDS,
    usedChoices: (candidate) => ({ explicit: runOnce(candidate, { recordOverrides: true }).overrides ?? [] }),
    polish: (oracle) => {
      runsToElements = runs;
      polish(oracle, planArbitrary(benchScenario, topicsOf(benchScenario, oracle.best.plan)), POLISH_BUDGET);
    },
  });
  return { from: sizeOf(written), to: sizeOf(small), minimal, runs, runsToElements };
}
