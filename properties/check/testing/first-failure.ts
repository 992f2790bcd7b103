/** How soon a job under test fails, without shrinking: what `check` does run after run. */
import type { JobSpec } from '../../../core/job/spec.ts';
import { Scratch } from '../../../sim/kernel/scratch.ts';
import { seedOf } from '../../campaign/campaign.ts';
import type { Evidence } from '../../evidence.ts';
import { signatureOf } from '../../outcome.ts';
import { run } from '../../run/run.ts';
import { planOfRun, prepare } from '../check.ts';
import type { AnyCheckOptions } from '../options.ts';
import { CheckTally } from '../tally.ts';

export interface FirstFailure {
  readonly run: number;
  readonly signature: string;
  readonly message: string;
  readonly evidence: Evidence;
}

/** With fewer runs nothing is asked of what has happened in them. */
const TELLING_RUNS = 20;

/** Undefined: none in so many runs, and these say something about the job. */
export function firstFailure(job: JobSpec, options: AnyCheckOptions, runs: number): FirstFailure | undefined {
  const prepared = prepare(job, options, () => undefined);
  const scratch = new Scratch();
  const tally = new CheckTally();
  for (let number = 0; number < runs; number++) {
    const plan = planOfRun(prepared, seedOf(String(options.seed), number));
    const outcome = run(prepared.scenario, plan, { scratch, vitals: true });
    const [violation] = outcome.violations;
    if (outcome.verdict === 'fail' && violation !== undefined)
      return {
        run: number,
        signature: signatureOf(violation),
        message: violation.message,
        evidence: violation.evidence,
      };
    tally.add(outcome);
  }
  if (runs >= TELLING_RUNS) tally.require(prepared.id, job, prepared.due, prepared.oracles);
  return undefined;
}
