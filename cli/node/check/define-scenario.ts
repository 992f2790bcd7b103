/** A job under test as a scenario: what `check` does in a test, for campaigns. */
import type { JobSpec } from '../../../core/job/spec.ts';
import { campaignScenario, prepare } from '../../../properties/check/check.ts';
import type { AnyCheckOptions, CheckInput, CheckOptions } from '../../../properties/check/options.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { readText } from '../files.ts';

/** As for `check`; how many runs there are, and from which seed, is a matter of the campaign. */
export type ScenarioOptions<I extends CheckInput = CheckInput> = Omit<
  CheckOptions<I>,
  'runs' | 'timeLimitMs' | 'seed'
> & {
  /** One sentence, for `millrace list`. */
  readonly states?: string;
};

/**
 * A job under test as a scenario of `millrace.config.mjs`. It takes what `check` takes; its id is the job's name, or that
 * and `options.name`.
 *
 * @throws CheckError if the options do not fit the job.
 * @example
 * ```ts
 * const click = record({ user: string, at: int64 });
 * const job = defineJob('kept', (env) => {
 *   env
 *     .fromSource(logSource({ topic: 'clicks', type: click, bounded: true }), {
 *       uid: 'clicks',
 *       watermarks: noWatermarks({ timestamp: (c) => c.at }),
 *     })
 *     .filter((c) => c.user !== '')
 *     .uid('known')
 *     .sinkTo(logSink({ topic: 'kept', type: click }))
 *     .uid('out');
 * });
 *
 * const config = defineConfig({
 *   scenarios: [
 *     defineScenario(job, {
 *       input: { clicks: fc.record({ user: fc.constantFrom('', 'ann'), at: fc.nat() }) },
 *       output: ({ clicks }) => ({ kept: clicks.filter((c) => c.user !== '') }),
 *     }),
 *   ],
 * });
 * ```
 */
export function defineScenario<const I extends CheckInput>(job: JobSpec, options: ScenarioOptions<I>): Scenario {
  const any: AnyCheckOptions = options;
  return campaignScenario(prepare(job, any, readText), options.states ?? `The job ${job.name}.`);
}
