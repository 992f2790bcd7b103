/**
 * The runs of a check, watched: code of the job's that does not come back is ended, named by operator and line, and confirmed
 * at four times the bound before anybody is accused. Left out: what fails when a run is over (a rejected promise), since a
 * test that is synchronous has no turn of the event loop left; the runner reports it.
 */
import type { RunPlan } from '../../../properties/campaign/campaign.ts';
import { type Overrun, violationOfOverrun } from '../../../properties/campaign/outside.ts';
import { CheckError } from '../../../properties/check/errors.ts';
import type { Violation } from '../../../properties/outcome.ts';
import type { Plan } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { run } from '../../../properties/run/run.ts';
import { Scratch } from '../../../sim/kernel/scratch.ts';
import { trapModules } from '../module-traps.ts';
import { withProcessTraps } from '../process-traps.ts';
import { CONFIRM_FACTOR, DEFAULT_BOUNDS, Watchdog } from '../watchdog.ts';

/** A run took no end. */
export class Overran extends Error {
  override readonly name = 'Overran';
  readonly plan: Plan;
  readonly overrun: Overrun;

  constructor(plan: Plan, overrun: Overrun) {
    super(`a run took no end at ${overrun.operator ?? 'no operator'}`);
    this.plan = plan;
    this.overrun = overrun;
  }
}

/** The person who waits for a run has asked to stop. */
export class Interrupted extends CheckError {
  constructor() {
    super('inconclusive', 'INCONCLUSIVE  interrupted');
  }
}

/** Watched runs of the body, as long as it takes. They throw `Overran`, and `Interrupted`. */
export function withWatchedRuns<T>(body: (runPlan: RunPlan) => T, turnCpuMs = DEFAULT_BOUNDS.turnCpuMs): T {
  trapModules();
  const watchdog = new Watchdog({ bounds: { ...DEFAULT_BOUNDS, turnCpuMs } });
  let scratch = new Scratch();
  const runPlan: RunPlan = (scenario, plan, detail) => {
    const options = { ...detail, scratch, vitals: true, listeners: [...(detail?.listeners ?? []), watchdog.probe] };
    const guarded = watchdog.guarded(() =>
      watchdog.watched(() => withProcessTraps(() => run(scenario, plan, options))),
    );
    if (guarded.kind === 'done') return guarded.value;
    // What the run was writing to is in no state that can be told.
    scratch = new Scratch();
    if (guarded.kind === 'overrun') throw new Overran(plan, guarded.overrun);
    process.emit('SIGINT');
    throw new Interrupted();
  };
  try {
    return body(runPlan);
  } finally {
    watchdog.close();
  }
}

/**
 * The best that has been found when shrinking ends, also if it is broken off: by a person, or by a run without an end (what came to its
 * end as a candidate may take none as the closing run, which goes on behind the violation).
 */
export function smallestOf<T>(shrinking: (improved: (finding: T) => void) => T | undefined): T | undefined {
  let best: T | undefined;
  try {
    return shrinking((finding) => {
      best = finding;
    });
  } catch (error) {
    if ((error instanceof Overran || error instanceof Interrupted) && best !== undefined) return best;
    throw error;
  }
}

/** Runs the plan again with more time. Undefined: it comes to its end, and only the machine is slow. */
export function confirmed(scenario: Scenario, { plan }: Overran): Violation | undefined {
  try {
    withWatchedRuns((runPlan) => runPlan(scenario, plan), CONFIRM_FACTOR * DEFAULT_BOUNDS.turnCpuMs);
    return undefined;
  } catch (error) {
    if (!(error instanceof Overran)) throw error;
    return violationOfOverrun(scenario.id, error.overrun);
  }
}
