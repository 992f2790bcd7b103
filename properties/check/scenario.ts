/** A job under test as a scenario, and the plans that its options allow. */
import fc from 'fast-check';
import { checkBatch } from '../../core/batch/refusals.ts';
import type { ExecutionMode } from '../../core/config.ts';
import { JobError } from '../../core/errors.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { hashText } from '../../sim/kernel/digest.ts';
import { INCIDENTS, RATES } from '../../sim/faults/index.ts';
import { expand } from '../plan/generate.ts';
import { topicsOf } from '../plan/explicit.ts';
import type { Expectations } from '../plan/expects.ts';
import { type Discipline, DISCIPLINES, disciplineOf, isBatch } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { CheckError } from './errors.ts';
import type { Inputs } from './inputs.ts';
import type { AnyCheckOptions } from './options.ts';

export function scenarioOf(
  id: string,
  job: JobSpec,
  inputs: Inputs,
  expects: Expectations,
  options: Pick<AnyCheckOptions, 'restartOnJobFaults' | 'services' | 'executionModes' | 'upgrades'> = {},
): Scenario {
  const { restartOnJobFaults = false, services, executionModes = ['streaming'], upgrades = [] } = options;
  const versions = [job, ...upgrades];
  const has: Scenario['has'] = [
    ...(versions.some(({ nodes }) => nodes.some(({ operator }) => operator.kind === 'asyncWait'))
      ? (['services'] as const)
      : []),
    ...(executionModes.includes('batch') ? (['batch'] as const) : []),
  ];
  const scenario: Scenario = {
    id,
    states: `The job ${job.name} of a check.`,
    parameters: [],
    ...(looksForPartitions(job) ? { grows: true } : {}),
    expects,
    generate: (seed, count) => inputs.generate(seed, count),
    ...(upgrades.length === 0 ? {} : { versions: versions.length }),
    build: (plan, version = 1) => ({
      job: versions[version - 1] ?? job,
      topics: topicsOf(scenario, plan),
      confluent: expects.confluent === true,
      restartOnJobFaults,
      ...(services === undefined ? {} : { services }),
    }),
    has,
    ...(executionModes.includes('streaming') ? {} : { batchPer1000: 1_000 }),
    // Records are made smaller by the arbitraries that have made them, never by this one.
    recordArbitrary: () => fc.constant(undefined),
  };
  return scenario;
}

function looksForPartitions({ nodes }: JobSpec): boolean {
  return nodes.some(({ operator }) => operator.kind === 'source' && operator.source.discoveryIntervalMs !== undefined);
}

/** Knobs with which a record may be late that comes in order in its partition: the reader did not know of the partition. */
const LATE_BY_SCHEDULE = ['splitAssignmentIntervalMs', 'addedPartitionPer1000', 'addedPartitionMs'] as const;

export const EXACTLY_ONCE: readonly Discipline[] = ['aligned', 'unaligned', 'timeout'];

/** Which plans a check draws. */
export interface PlanLimits {
  readonly disciplines: readonly Discipline[];
  readonly executionModes: readonly ExecutionMode[];
  /** Undefined: all kinds. */
  readonly faults: ReadonlySet<string> | undefined;
  /** Records are late only if they are so in their partition. */
  readonly neverLateBySchedule: boolean;
}

const KINDS: readonly string[] = [...INCIDENTS, ...RATES].map(({ kind }) => kind);

const MODES: readonly ExecutionMode[] = ['streaming', 'batch'];

/** @throws CheckError if there is no such fault, discipline or mode, or the job cannot run so. */
export function limitsOf(
  job: JobSpec,
  { faults = 'all', disciplines = EXACTLY_ONCE, executionModes = ['streaming'], output, confluent }: AnyCheckOptions,
): PlanLimits {
  const unknown = disciplines.find((name) => !DISCIPLINES.includes(name));
  if (unknown !== undefined || disciplines.length === 0) {
    const found = unknown === undefined ? 'is empty' : `names ${unknown}`;
    throw new CheckError('usage', `disciplines ${found}; name at least one of ${DISCIPLINES.join(', ')}`);
  }
  const noMode = executionModes.find((name) => !MODES.includes(name));
  if (noMode !== undefined || executionModes.length === 0) {
    const found = noMode === undefined ? 'is empty' : `names ${noMode}`;
    throw new CheckError('usage', `executionModes ${found}; name at least one of ${MODES.join(', ')}`);
  }
  if (executionModes.includes('batch')) requireBatch(job, confluent === true);
  const kinds = faults === 'all' ? undefined : faults === 'none' ? [] : faults;
  const stranger = kinds?.find((kind) => !KINDS.includes(kind));
  if (stranger !== undefined)
    throw new CheckError('usage', `faults: there is none of kind ${stranger}; there are ${KINDS.join(', ')}`);
  return {
    disciplines,
    executionModes,
    faults: kinds === undefined ? undefined : new Set(kinds),
    neverLateBySchedule: output !== undefined || confluent === true,
  };
}

function requireBatch(job: JobSpec, confluent: boolean): void {
  const reduce = job.nodes.find(({ operator }) => operator.kind === 'reduce');
  if (confluent && reduce !== undefined) {
    throw new CheckError(
      'usage',
      `executionModes: in batch operator ${reduce.uid}, a running reduce, puts out the last value of each key only, so what the job commits is no function of its records alone; leave out 'batch', or \`confluent\``,
    );
  }
  try {
    checkBatch(job);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    throw new CheckError('usage', `executionModes: ${error.message}`);
  }
}

/** Whether a plan runs in a mode that is allowed. */
export function isAllowedMode(plan: Plan, { executionModes }: PlanLimits): boolean {
  return executionModes.includes(isBatch(plan) ? 'batch' : 'streaming');
}

/** Incidents after which any job has to end, so that nothing is learnt of this one: only if they are asked for. */
const ENDS_ANY_JOB: ReadonlySet<string> = new Set(['lost-object']);

/** The plan of a seed, within the limits. */
export function planOf(scenario: Scenario, seed: string, limits: PlanLimits): Plan {
  const plan = expand(scenario, seed);
  const { faults } = limits;
  const drop = new Set<string>(limits.neverLateBySchedule ? LATE_BY_SCHEDULE : []);
  if (faults !== undefined)
    for (const { kind, knobs } of RATES) if (!faults.has(kind)) for (const knob of Object.keys(knobs)) drop.add(knob);
  const allowed = limits.disciplines;
  const own = disciplineOf(plan);
  const discipline = allowed.includes(own)
    ? own
    : (allowed[(hashText(seed, 0x7f4a7c15) >>> 0) % allowed.length] ?? own);
  const config = new Map(Object.entries(plan.config).filter(([name]) => !drop.has(name)));
  // The calm one, aligned, goes without saying.
  config.delete('discipline');
  if (discipline !== 'aligned') config.set('discipline', DISCIPLINES.indexOf(discipline));
  return {
    ...plan,
    config: Object.fromEntries(config),
    incidents: plan.incidents.filter(({ what }) => faults?.has(what.kind) ?? !ENDS_ANY_JOB.has(what.kind)),
  };
}
