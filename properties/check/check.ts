/**
 * A job under test: its options made into a scenario, run by run, and a failing run made small. It knows no clock, no files
 * and no test runner: those are in `cli/node/check`.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import { POLISH_RUNS } from '../shrink/shrink.ts';
import { type Finding, investigate } from '../campaign/investigate.ts';
import type { RunPlan } from '../campaign/campaign.ts';
import type { OracleName, Outcome } from '../outcome.ts';
import { signatureOf } from '../outcome.ts';
import type { Expectations } from '../plan/expects.ts';
import { disciplineOf } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario, ScenarioShrinking } from '../plan/scenario.ts';
import { calmPlans } from './calm.ts';
import { CheckError } from './errors.ts';
import { Inputs, topicsRead } from './inputs.ts';
import type { AnyCheckOptions } from './options.ts';
import type { Due } from './tally.ts';
import { isJob, requireOptions } from './require-options.ts';
import { isAllowedMode, limitsOf, planOf, type PlanLimits, scenarioOf } from './scenario.ts';

export interface Prepared {
  /** The check: the job's name, and its own behind a slash. */
  readonly id: string;
  readonly job: JobSpec;
  readonly scenario: Scenario;
  readonly runs: number;
  readonly timeLimitMs: number;
  readonly limits: PlanLimits;
  readonly inputs: Inputs;
  /** What the options let happen, and so must have happened before passing means anything. */
  readonly due: Due;
  /** What it was asked to judge, with the topics that each names. */
  readonly oracles: ReadonlyMap<OracleName, readonly string[]>;
}

/** Incidents after which a job goes on from a checkpoint. */
const RESTARTING = ['kill', 'isolate', 'reset-connections', 'rescale', 'stop'] as const;

const RUNS = 200;
const TIME_LIMIT_MS = 4_000;

/** @throws CheckError if the options do not fit the job. @param read the text of a file; undefined: there is none. */
export function prepare(job: JobSpec, options: AnyCheckOptions, read: (path: string) => string | undefined): Prepared {
  requireJob(job);
  requireInput(job, options);
  requireOptions(job, options);
  const { runs = RUNS, timeLimitMs = TIME_LIMIT_MS, name } = options;
  const id = name === undefined ? job.name : `${job.name}/${name}`;
  const expects = expectationsOf(options);
  const limits = limitsOf(job, options);
  const streams = limits.executionModes.includes('streaming');
  const inputs = new Inputs(job, options, read);
  return {
    id,
    job,
    scenario: scenarioOf(id, job, inputs, expects, options),
    runs,
    timeLimitMs,
    limits,
    inputs,
    due: {
      // In batch there are no checkpoints.
      kills: streams && (limits.faults?.has('kill') ?? true),
      restores: streams && (limits.faults === undefined || RESTARTING.some((kind) => limits.faults?.has(kind))),
      upgrades: streams && (options.upgrades ?? []).length > 0 && (limits.faults?.has('upgrade') ?? true),
    },
    oracles: oraclesOf(expects),
  };
}

function expectationsOf(options: AnyCheckOptions): Expectations {
  const { output, invariant, stateEndsEmpty, orderedBy, confluent, upgrades = [] } = options;
  return {
    ...(output === undefined ? {} : { output }),
    ...(invariant === undefined ? {} : { invariant }),
    ...(stateEndsEmpty === undefined ? {} : { stateEndsEmpty }),
    ...(orderedBy === undefined ? {} : { orderedBy }),
    ...(confluent === undefined ? {} : { confluent }),
    ...(upgrades.length === 0 ? {} : { acrossVersions: true }),
  };
}

function oraclesOf(expects: Expectations): ReadonlyMap<OracleName, readonly string[]> {
  const { output, invariant, stateEndsEmpty, orderedBy, confluent } = expects;
  const oracles = new Map<OracleName, readonly string[]>();
  if (output !== undefined) oracles.set('output', []);
  if (invariant !== undefined) oracles.set('invariant', Object.keys(invariant));
  if (stateEndsEmpty === true) oracles.set('stateEndsEmpty', []);
  if (orderedBy !== undefined) oracles.set('orderedBy', Object.keys(orderedBy));
  if (confluent === true) oracles.set('confluent', []);
  return oracles;
}

function requireJob(job: unknown): void {
  if (isJob(job)) return;
  throw new CheckError('usage', 'check: expected a job, as defineJob returns it');
}

/** JavaScript does not say that it is missing. */
function requireInput(job: JobSpec, options: unknown): void {
  const input = typeof options === 'object' && options !== null && 'input' in options ? options.input : undefined;
  if (typeof input === 'object' && input !== null) return;
  const topics = topicsRead(job).map(({ topic }) => `${topic}: ...`);
  throw new CheckError(
    'usage',
    `check: \`input\` is missing: say what the job reads, as in { input: { ${topics.join(', ')} } }, by fast-check arbitraries or arrays of records`,
  );
}

/** Makes the failing run of a seed small, within the time. Undefined: it does not fail again. `improved`: see `Shrinking`. */
export function shrunk(
  prepared: Prepared,
  origin: { readonly seed: string; readonly run: number },
  outcome: Outcome,
  run: RunPlan,
  { expired, improved }: { readonly expired: () => boolean; readonly improved: (finding: Finding) => void },
): Finding | undefined {
  const [violation] = outcome.violations;
  if (violation === undefined) return undefined;
  const { plan, admits, simpler, polish } = shrinkingOf(prepared, origin.seed);
  return investigate(prepared.scenario, origin, signatureOf(violation), run, {
    plan,
    admits,
    simpler,
    improved,
    budgets: { shrink: { ...SHRINK, expired }, polish: POLISH_RUNS },
    polish: (oracle) => {
      oracle.limit(OWN_POLISH_RUNS);
      polish(oracle);
    },
  });
}

/** How a failing plan of a seed is made small: within the limits, to an input that could have been made. */
function shrinkingOf(
  { scenario, limits, inputs }: Prepared,
  seed: string,
): ScenarioShrinking & { readonly plan: Plan } {
  const plan = planOf(scenario, seed, limits);
  const count = plan.workload.kind === 'generated' ? plan.workload.count : 0;
  const isInput = inputs.admits(seed, count);
  const may = (kind: string): boolean => limits.faults?.has(kind) ?? true;
  return {
    plan,
    admits: (candidate) =>
      limits.disciplines.includes(disciplineOf(candidate)) && isAllowedMode(candidate, limits) && isInput(candidate),
    simpler: (drawn) => [...calmPlans(drawn)].filter(({ incidents }) => incidents.every(({ what }) => may(what.kind))),
    polish: (candidates) => {
      inputs.shrink(seed, count, candidates);
    },
  };
}

/** The same job as a scenario of campaigns, which know nothing of checks. */
export function campaignScenario(prepared: Prepared, states: string): Scenario {
  return {
    ...prepared.scenario,
    states,
    planOf: (seed) => planOfRun(prepared, seed),
    shrinkingOf: (seed) => shrinkingOf(prepared, seed),
  };
}

/** For smaller records, in front of the usual polish. */
const OWN_POLISH_RUNS = 50;
const SHRINK = { runs: 300, redraws: 300, events: 3_000_000 } as const;

/** The plan of a run: its number and the seed of the check are all that it depends on. */
export function planOfRun({ scenario, limits }: Prepared, seed: string): Plan {
  return planOf(scenario, seed, limits);
}
