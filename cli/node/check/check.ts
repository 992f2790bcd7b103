/** `check`: a job under test in any test runner. The pure part is `properties/check`; here are time, files and the report. */
import { randomBytes } from 'node:crypto';
import type { JobSpec } from '../../../core/job/spec.ts';
import { type RunPlan, seedOf } from '../../../properties/campaign/campaign.ts';
import type { Finding } from '../../../properties/campaign/investigate.ts';
import { located, storyOf } from '../../../properties/campaign/story.ts';
import { findingOfEnded } from '../../../properties/campaign/outside.ts';
import { replay } from '../../../properties/case/replay.ts';
import { planOfRun, prepare, type Prepared, shrunk } from '../../../properties/check/check.ts';
import { CheckError } from '../../../properties/check/errors.ts';
import type { AnyCheckOptions, CheckInput, CheckOptions } from '../../../properties/check/options.ts';
import { type CheckResult, CheckTally } from '../../../properties/check/tally.ts';
import { signatureOf } from '../../../properties/outcome.ts';
import { judgeRunZero, type RunAgain } from '../../../properties/run/hidden-state.ts';
import type { RunResult } from '../../../properties/run/run.ts';
import { falsifiedReport } from '../../../reports/falsified.ts';
import { passReport } from '../../../reports/check.ts';
import { readText } from '../files.ts';
import { readCase, storeCase, type StoredCase, storedCases } from './cases.ts';
import { CASE_VARIABLE, commandOf, currentTest, replayLine } from './runner.ts';
import { confirmed, Overran, smallestOf, withWatchedRuns } from './watched.ts';

/**
 * Runs a job in many simulated clusters, under faults drawn from a seed, and throws unless it is exactly-once in all of
 * them: every law of the engine holds, and so does what `options` say of the job.
 *
 * Synchronous, for any test runner. A failing run is made small and written to `millrace-cases/` of the project; the error's
 * message is the report, with a line that replays it. The next check of this job begins with that case. A check that
 * proves nothing, because nothing was committed, restored or killed, or because an oracle was never asked, throws as well.
 *
 * @param job made by `defineJob`. Its functions must be free of effects, and remember things in state only.
 * @throws CheckError with `problem`: `falsified`, `vacuous`, `inconclusive`, `usage` or `case`.
 * @returns what was done: runs, restores, kills, late records, marks.
 * @example
 * ```ts
 * const order = record({ user: string, cents: int64 });
 * const spent = valueState('spent', int64);
 * const job = defineJob('totals', (env) => {
 *   env
 *     .fromSource(logSource({ topic: 'orders', type: order, bounded: true }), {
 *       uid: 'orders',
 *       watermarks: noWatermarks({ timestamp: () => 0 }),
 *     })
 *     .keyBy((o) => o.user, string)
 *     .process<TypeOf<typeof order>>(
 *       () => ({
 *         processElement(o, ctx, out) {
 *           const cents = (ctx.getState(spent).value() ?? 0) + o.cents;
 *           ctx.getState(spent).update(cents);
 *           out.collect({ user: o.user, cents });
 *         },
 *       }),
 *       order,
 *     )
 *     .uid('spent')
 *     .sinkTo(logSink({ topic: 'totals', type: order }))
 *     .uid('out');
 * });
 *
 * check(job, {
 *   input: { orders: fc.record({ user: fc.constantFrom('ann', 'bob'), cents: fc.nat(900) }) },
 *   invariant: { totals: { init: 0, step: (most, total) => Math.max(most, total.cents) } },
 * });
 * ```
 */
export function check<const I extends CheckInput>(job: JobSpec, options: CheckOptions<I>): CheckResult {
  try {
    return checked(job, options);
  } catch (error) {
    // The first line of the stack that is not ours is the test's.
    if (error instanceof CheckError) Error.captureStackTrace(error, check);
    throw error;
  }
}

function checked(job: JobSpec, options: AnyCheckOptions): CheckResult {
  const prepared = prepare(job, options, readText);
  try {
    return withWatchedRuns((runPlan) => watched(prepared, options, runPlan));
  } catch (error) {
    throw error instanceof Overran ? endless(prepared, error) : error;
  }
}

function watched(prepared: Prepared, options: AnyCheckOptions, runPlan: RunPlan): CheckResult {
  const asked = process.env[CASE_VARIABLE];
  const kase = asked === undefined || asked === '' ? undefined : caseFor(prepared, asked);
  if (kase !== undefined) return replayed(prepared, kase, runPlan);
  const { file } = currentTest();
  for (const one of storedCases(prepared.id, file)) {
    const answer = replay(one.kase, () => prepared.scenario, runPlan);
    if (answer.kind === 'reproduced') throw reproduced(prepared, one, runPlan);
  }
  return campaign(prepared, options, runPlan);
}

// ---- runs

function campaign(prepared: Prepared, { seed }: AnyCheckOptions, runPlan: RunPlan): CheckResult {
  const base = seed === undefined ? randomBytes(6).toString('hex') : String(seed);
  const tally = new CheckTally();
  const begun = performance.now();
  let longestMs = 0;
  for (let number = 0; number < prepared.runs; number++) {
    const startedMs = performance.now() - begun;
    // A run that is as long as the longest so far must fit: a runner that sets the limit would call the test too slow.
    if (number > 0 && startedMs + longestMs > prepared.timeLimitMs) break;
    const runSeed = seedOf(base, number);
    const passed = runPlan(prepared.scenario, planOfRun(prepared, runSeed));
    const outcome = number === 0 ? lookedThrough(prepared, base, passed, runPlan) : passed;
    if (outcome.verdict === 'fail') throw falsified(prepared, { seed: runSeed, run: number }, outcome, runPlan);
    tally.add(outcome);
    longestMs = Math.max(longestMs, performance.now() - begun - startedMs);
  }
  tally.require(prepared.id, prepared.job, prepared.due, prepared.oracles);
  const result = tally.result(prepared.id, base);
  console.log(passReport(result));
  return result;
}

/** The first run, if it has passed, after a look for memory outside of state. A fresh process is not to be had inside a test. */
function lookedThrough(
  { scenario, ...prepared }: Prepared,
  base: string,
  first: RunResult,
  runPlan: RunPlan,
): RunResult {
  if (first.verdict !== 'pass') return first;
  const planOf = (number: number) => planOfRun({ scenario, ...prepared }, seedOf(base, number));
  const plan = planOf(0);
  const again: RunAgain = (detail) => runPlan(scenario, plan, { ...detail, judged: false });
  const found = judgeRunZero(first, again, () => runPlan(scenario, planOf(1), { laws: false }));
  return found === undefined ? first : { ...first, verdict: 'fail', violations: [found] };
}

/** Making a failure small takes at most this long, and so does what a check spends on it: the test is red anyway. */
const SHRINK_MS = 20_000;

function falsified(
  prepared: Prepared,
  origin: { readonly seed: string; readonly run: number },
  outcome: RunResult,
  runPlan: RunPlan,
): CheckError {
  const begun = performance.now();
  const expired = (): boolean => performance.now() - begun > SHRINK_MS;
  const finding = smallestOf<Finding>((improved) => shrunk(prepared, origin, outcome, runPlan, { expired, improved }));
  if (finding === undefined) {
    const [violation] = outcome.violations;
    return new CheckError(
      'falsified',
      `NOT DETERMINISTIC  ${prepared.id}: run ${origin.run} of seed ${origin.seed} broke ${violation === undefined ? 'a law' : signatureOf(violation)}, and does not when it is run again\n  what the job remembers outside of state, or reads from outside, makes it another job each time: ${violation?.message ?? ''}`,
    );
  }
  return reported(finding);
}

/** Writes its case, and reports it. */
function reported(finding: Finding): CheckError {
  const test = currentTest();
  const command = commandOf(test);
  const file = storeCase(finding.kase, test.file, command);
  return new CheckError('falsified', falsifiedReport(finding, file, replayLine(file, command)));
}

function endless(prepared: Prepared, error: Overran): CheckError {
  const violation = confirmed(prepared.scenario, error);
  if (violation === undefined) {
    const where = error.overrun.operator ?? 'the harness';
    return new CheckError(
      'inconclusive',
      `INCONCLUSIVE  ${prepared.id}: a turn of ${where} took ${error.overrun.cpuMs} ms of CPU time, and came to its end when it was done again: make it cheaper, or free the machine`,
    );
  }
  const { plan } = error;
  const seed = plan.workload.kind === 'generated' ? plan.workload.seed : '';
  return reported(findingOfEnded(plan, violation, { seed, run: 0 }));
}

// ---- cases

/** Undefined: it is another check's. */
function caseFor(prepared: Prepared, path: string): StoredCase | undefined {
  const stored = readCase(path);
  if (stored === undefined) throw new CheckError('case', `${CASE_VARIABLE}: there is no file ${path}`);
  if ('problem' in stored) throw new CheckError('case', `${CASE_VARIABLE}: ${stored.problem}`);
  return stored.kase.scenario === prepared.id ? stored : undefined;
}

function replayed(prepared: Prepared, stored: StoredCase, runPlan: RunPlan): CheckResult {
  const { kase, file } = stored;
  const answer = replay(kase, () => prepared.scenario, runPlan);
  switch (answer.kind) {
    case 'reproduced':
      throw reproduced(prepared, stored, runPlan);
    case 'different': {
      const { violation } = answer.failing;
      throw new CheckError(
        'falsified',
        `A DIFFERENT FAILURE  ${signatureOf(violation)}, the case ${file} was ${kase.signature}\n  ${violation.message}`,
      );
    }
    case 'no-longer-applies':
      throw new CheckError('case', `NO LONGER APPLIES  ${file}: ${answer.why}`);
    case 'passes': {
      console.log(`PASSES NOW  ${file}: ${kase.signature} does not occur any more`);
      const tally = new CheckTally();
      tally.add(answer.outcome);
      return tally.result(prepared.id, kase.origin.seed);
    }
  }
}

/** The case fails as it did: the same report again, from a run with a trace. */
function reproduced(prepared: Prepared, { kase, file }: StoredCase, runPlan: RunPlan): CheckError {
  const result = runPlan(prepared.scenario, kase.plan, { trace: true });
  const violation = result.violations.find((one) => signatureOf(one) === kase.signature);
  if (violation === undefined) throw new CheckError('case', `NO LONGER APPLIES  ${file}: it fails in one run of two`);
  const story = storyOf(result, violation.law);
  const finding: Finding = {
    kase,
    violation: located(violation, prepared.job),
    ...story,
    slipped: [],
    notes: [`a case of an earlier check: ${file}`],
  };
  return new CheckError('falsified', falsifiedReport(finding, file, replayLine(file, commandOf(currentTest()))));
}
