/**
 * The table of knobs: every number of a plan that is not the scenario's own. From this one table plans are drawn
 * (`generate.ts`), shrunk (`arbitrary.ts`), validated (`schema.ts`) and turned into the configurations of the engine and
 * of the world (`configOf`). A plan names what differs from `calm`. The knobs of faults stand with their faults
 * (`sim/faults`); here are those of the engine and of the cluster.
 *
 * Knobs belong to swarms: a generated plan draws which swarms are on (design decision D8), so that every combination of
 * few unkind things gets its share of runs, and some plans are calm throughout. Left out: what happens at a chosen moment
 * is no knob but an incident.
 */
import type { CheckpointingConfig, JobConfig } from '../../core/config.ts';
import { DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import { RATES } from '../../sim/faults/index.ts';
import { type Knob as Range, SCHEDULE, type Swarm, type Unit } from '../../sim/faults/vocabulary/knob.ts';
import { calmWorld, type FaultKnobName, type WorldConfig } from '../../sim/world-config.ts';
import type { Plan } from './plan.ts';

/** What the composition of a run reads itself, beside the two configurations. */
export interface ClusterConfig {
  /** Task manager processes, each on a host of its own. */
  readonly taskManagers: number;
  /** Key groups of every operator that declares none; 0: the default of SEMANTICS. */
  readonly maxParallelism: number;
  /** Keyed operators set a number of key groups for themselves: up to so many more, each another one; 0: they do not. */
  readonly maxParallelismSpread: number;
  /** 1: versions of the job after the first declare no number of key groups, and take that of their state; 0: they declare the same. */
  readonly maxParallelismForgotten: number;
}

export interface Config {
  readonly job: JobConfig;
  readonly world: WorldConfig;
  readonly cluster: ClusterConfig;
}

/** How long a run lasts. Always on, and so is `DISCIPLINE`, of which one value is calm. */
const PACE: Swarm = { name: 'pace', on: 1000, drawn: 1000 };
const DISCIPLINE: Swarm = { name: 'discipline', on: 1000, drawn: 1000 };
const SHAPE: Swarm = { name: 'shape', on: 700, drawn: 500 };
const FLOW: Swarm = { name: 'flow', on: 400, drawn: 600 };
const DETECTION: Swarm = { name: 'detection', on: 400, drawn: 500 };
const BACKEND: Swarm = { name: 'backend', on: 180, drawn: 1000 };
const LOCAL: Swarm = { name: 'local', on: 130, drawn: 1000 };
/** Of jobs that may run in batch; whether this one does is drawn apart (`generate.ts`). */
const BATCH: Swarm = { name: 'batch', on: 800, drawn: 800 };
/** Whether a plan is reactive is drawn apart (`generate.ts`). */
const REACTIVE: Swarm = { name: 'reactive', on: 1000, drawn: 600 };
const OVERLAP: Swarm = { name: 'overlap', on: 400, drawn: 600 };
/** Half of the plans keep what a job has by default. */
const INLINE: Swarm = { name: 'inline', on: 500, drawn: 1000 };

export interface Knob extends Range {
  readonly name: KnobName;
  readonly swarm: Swarm;
  /** For a knob that is a choice: the weight of each value from `min` on, instead of `typical`. */
  readonly weights?: readonly number[];
  /** Instead of `typical` alone: ranges, by the weight of each. */
  readonly ranges?: readonly { readonly weight: number; readonly from: number; readonly to: number }[];
  /** Why generated plans leave it calm for now. A plan may still name it. */
  readonly parked?: string;
}

type Row = Omit<Knob, 'name' | 'calm'>;

const row = (
  swarm: Swarm,
  unit: Unit,
  [min, max]: readonly [number, number],
  typical: readonly [number, number],
  doc: string,
): Row => ({ swarm, unit, min, max, typical, doc });

/** Fields of `JobConfig` that a plan chooses. `slotsPerTaskManager` follows from the parallelism. */
const JOB = {
  parallelism: row(SHAPE, 'count', [1, 5], [1, 4], 'subtasks of each operator that declares none'),
  schedulerMode: {
    ...row(
      REACTIVE,
      'count',
      [0, 1],
      [1, 1],
      '0: the parallelism that is set; 1: reactive, that of the slots (not in batch)',
    ),
    parked: 'drawn by itself, for streaming plans',
  },
  resourceStabilizationMs: row(
    REACTIVE,
    'ms',
    [0, 1_000],
    [0, 60],
    'reactive: an attempt waits until no task manager has come or gone for so long',
  ),
  rescaleCooldownMs: row(
    REACTIVE,
    'ms',
    [0, 2_000],
    [0, 150],
    'reactive: so long an attempt is not begun anew for more slots',
  ),
  parallelismAfterRestart: row(SHAPE, 'count', [0, 5], [1, 4], 'the same after the first restart; 0: unchanged'),
  bufferRecords: row(FLOW, 'count', [1, 64], [1, 8], 'records in a network buffer'),
  bufferTimeoutMs: row(FLOW, 'ms', [0, 50], [1, 10], 'an open buffer is sent after this time; 0: after each step'),
  credits: row(FLOW, 'count', [1, 8], [1, 4], 'buffers that a receiver grants each channel'),
  outputBuffersMax: row(FLOW, 'count', [1, 8], [1, 4], 'full buffers that wait at a sender'),
  stateBackend: row(BACKEND, 'count', [0, 1], [1, 1], '0: keyed state on the heap; 1: in files on the disk (lsm)'),
  stateMemoryBytes: row(
    BACKEND,
    'bytes',
    [4_096, 4_194_304],
    [6_144, 49_152],
    'with lsm: memory of one subtask for its keyed state',
  ),
  localRecovery: row(
    LOCAL,
    'yes or no',
    [0, 1],
    [1, 1],
    '1: hosts keep copies of their tasks’ keyed state, from which a task restarts there',
  ),
  sortMemoryBytes: row(
    BATCH,
    'bytes',
    [4_096, 4_194_304],
    [4_096, 12_288],
    'in batch: memory of one subtask to sort in',
  ),
  resultPartBytes: row(BATCH, 'bytes', [64, 65_536], [64, 1_024], 'in batch: size of an object of a result'),
  executionMode: {
    ...row(SHAPE, 'count', [0, 1], [0, 0], '0: streaming; 1: batch'),
    parked: 'drawn by itself, for scenarios whose jobs may run in batch',
  },
  flinkCompatibleWatermarks: {
    ...row(SHAPE, 'yes or no', [0, 1], [0, 0], '1: watermarks are not kept over a restore, as in Flink'),
    parked: 'with it law watermark-regression breaks, which is what it is for',
  },
  byReference: row(FLOW, 'yes or no', [0, 1], [0, 0], '1: records pass by reference within a process; 0: as bytes'),
  restartDelayMs: row(DETECTION, 'ms', [0, 500], [0, 60], 'between a failure and the next attempt'),
  heartbeatIntervalMs: row(DETECTION, 'ms', [20, 500], [50, 500], 'between two heartbeats'),
  heartbeatTimeoutMs: row(
    DETECTION,
    'ms',
    [1_500, 5_000],
    [1_500, 3_000],
    'a silent process counts as dead after this',
  ),
  reconnectMs: row(DETECTION, 'ms', [1, 200], [2, 50], 'between two attempts to reach the job manager'),
  fetchMaxRecords: row(FLOW, 'count', [1, 64], [1, 32], 'records that a source asks for at once'),
  splitAssignmentIntervalMs: row(
    SCHEDULE,
    'ms',
    [0, 500],
    [20, 300],
    'pause of an enumerator before each split that it assigns',
  ),
} as const satisfies Partial<Record<keyof JobConfig, Row>>;

/** Fields of `CheckpointingConfig`, by names of their own; `discipline` stands for three of them. */
const CHECKPOINTING = {
  discipline: {
    ...row(
      DISCIPLINE,
      'count',
      [0, 3],
      [0, 3],
      '0: aligned; 1: unaligned; 2: aligned with timeout to unaligned; 3: at least once',
    ),
    weights: [38, 26, 22, 14],
  },
  alignedTimeoutMs: row(
    DISCIPLINE,
    'ms',
    [1, 1_000],
    [1, 40],
    'discipline 2: a checkpoint turns unaligned this long after its trigger',
  ),
  checkpointIntervalMs: row(PACE, 'ms', [0, 2_000], [80, 300], 'from one checkpoint to the next; 0: none but the last'),
  checkpointTimeoutMs: row(
    DETECTION,
    'ms',
    [10, 20_000],
    [15, 250],
    'a checkpoint is given up after this time; drawn so that one without backlog can succeed',
  ),
  minPauseMs: row(OVERLAP, 'ms', [0, 1_000], [1, 100], 'from the end of one checkpoint to the trigger of the next'),
  maxConcurrentCheckpoints: row(
    OVERLAP,
    'count',
    [1, 4],
    [1, 3],
    'checkpoints under way at once; 1 where barriers may overtake',
  ),
  tolerableFailures: row(OVERLAP, 'count', [0, 10_000], [0, 5], 'failed checkpoints in a row that the job survives'),
  incrementalCheckpoints: {
    ...row(BACKEND, 'yes or no', [0, 1], [0, 1], 'with lsm: checkpoints name what earlier ones have written'),
    weights: [1, 10],
  },
  retainedCheckpoints: row(SHAPE, 'count', [1, 4], [1, 3], 'completed checkpoints kept'),
  inlineStateBytes: {
    ...row(
      INLINE,
      'bytes',
      [0, 1_048_576],
      [0, 1_200],
      'state up to this size lies in the metadata of checkpoints; 0: all of it is in objects',
    ),
    // A third of all plans put all state into the store, a sixth only some of it.
    ranges: [
      { weight: 2, from: 0, to: 0 },
      { weight: 1, from: 30, to: 1_200 },
    ],
  },
} as const satisfies Readonly<Record<string, Row>>;
const CALM_CHECKPOINTING: Readonly<Record<keyof typeof CHECKPOINTING, number>> = {
  discipline: 0,
  alignedTimeoutMs: 20,
  checkpointIntervalMs: DEFAULT_JOB_CONFIG.checkpointing.intervalMs,
  checkpointTimeoutMs: DEFAULT_JOB_CONFIG.checkpointing.timeoutMs,
  minPauseMs: DEFAULT_JOB_CONFIG.checkpointing.minPauseMs,
  maxConcurrentCheckpoints: DEFAULT_JOB_CONFIG.checkpointing.maxConcurrent,
  tolerableFailures: DEFAULT_JOB_CONFIG.checkpointing.tolerableFailures,
  incrementalCheckpoints: 0,
  retainedCheckpoints: DEFAULT_JOB_CONFIG.checkpointing.retained,
  inlineStateBytes: DEFAULT_JOB_CONFIG.checkpointing.inlineStateBytes,
};

/** What `discipline` stands for, in order. */
export const DISCIPLINES = ['aligned', 'unaligned', 'timeout', 'at-least-once'] as const;
export type Discipline = (typeof DISCIPLINES)[number];

export function disciplineOf(plan: Pick<Plan, 'config'>): Discipline {
  return DISCIPLINES[knobOf(plan, 'discipline')] ?? 'aligned';
}

function checkpointingOf(numbers: Readonly<Record<string, number>>): CheckpointingConfig {
  const knobs = merged(CALM_CHECKPOINTING, CHECKPOINTING, numbers);
  const discipline = disciplineOf({ config: numbers });
  const unaligned = discipline === 'unaligned' || discipline === 'timeout';
  return {
    mode: discipline === 'at-least-once' ? 'at-least-once' : 'exactly-once',
    unaligned,
    alignedTimeoutMs: discipline === 'timeout' ? knobs.alignedTimeoutMs : 0,
    intervalMs: knobs.checkpointIntervalMs,
    timeoutMs: knobs.checkpointTimeoutMs,
    minPauseMs: knobs.minPauseMs,
    maxConcurrent: unaligned ? 1 : knobs.maxConcurrentCheckpoints,
    tolerableFailures: knobs.tolerableFailures,
    incremental: knobs.incrementalCheckpoints === 1,
    retained: knobs.retainedCheckpoints,
    inlineStateBytes: knobs.inlineStateBytes,
  };
}

/** Fields of `WorldConfig` that belong to no fault. */
const WORLD = {
  haSessionMs: row(DETECTION, 'ms', [10, 2_000], [50, 500], 'the lease of a dead holder ends after this time'),
  recordIntervalUs: row(
    PACE,
    'us',
    [0, 1_000_000],
    [5_000, 12_000],
    'record i of a partition becomes visible at i x this; drawn to fit the input',
  ),
  stepCostUs: row(PACE, 'us', [0, 500], [20, 500], 'least time from one step of an actor to its next'),
} as const satisfies Partial<Record<keyof WorldConfig, Row>>;

const CLUSTER = {
  taskManagers: row(SHAPE, 'count', [1, 3], [1, 3], 'task manager processes'),
  maxParallelism: row(
    SHAPE,
    'count',
    [0, 130],
    [5, 24],
    'key groups, never fewer than subtasks; 0: 128 unless the parallelism asks for more',
  ),
  maxParallelismSpread: row(SHAPE, 'count', [0, 40], [1, 20], 'keyed operators have up to so many key groups more'),
  maxParallelismForgotten: row(
    SHAPE,
    'yes or no',
    [0, 1],
    [1, 1],
    '1: versions of the job after the first declare no key groups, and have those of their state; drawn where the first one does',
  ),
} as const satisfies Readonly<Record<keyof ClusterConfig, Row>>;
const CALM_CLUSTER: ClusterConfig = {
  taskManagers: 2,
  maxParallelism: 0,
  maxParallelismSpread: 0,
  maxParallelismForgotten: 0,
};

/** The name of a knob, as plans write it. */
export type KnobName =
  keyof typeof JOB | keyof typeof CHECKPOINTING | keyof typeof WORLD | FaultKnobName | keyof typeof CLUSTER;

const TABLE = new Map<string, Omit<Knob, 'name'>>([
  ...rowsOf(JOB, { ...DEFAULT_JOB_CONFIG, executionMode: 0, schedulerMode: 0, stateBackend: 0, checkpointing: 0 }),
  ...rowsOf(CHECKPOINTING, { ...CALM_CHECKPOINTING }),
  ...rowsOf(WORLD, { ...calmWorld }),
  ...RATES.flatMap(({ knobs, swarm, parked }) =>
    Object.entries(knobs).map(([name, knob]): [string, Omit<Knob, 'name'>] => [
      name,
      parked === undefined ? { ...knob, swarm } : { ...knob, swarm, parked },
    ]),
  ),
  ...rowsOf(CLUSTER, { ...CALM_CLUSTER }),
]);

function rowsOf(
  rows: Readonly<Record<string, Row>>,
  calm: Readonly<Record<string, number | boolean>>,
): readonly [string, Omit<Knob, 'name'>][] {
  return Object.entries(rows).map(([name, row]) => [name, { ...row, calm: Number(calm[name]) }]);
}

export function isKnobName(name: string): name is KnobName {
  return TABLE.has(name);
}

export const KNOBS: readonly Knob[] = [...TABLE].flatMap(([name, knob]) =>
  isKnobName(name) ? [{ name, ...knob }] : [],
);

const BY_NAME: ReadonlyMap<KnobName, Knob> = new Map(KNOBS.map((knob) => [knob.name, knob]));

export function knobNamed(name: KnobName): Knob {
  const knob = BY_NAME.get(name);
  if (knob === undefined) throw new RangeError(`there is no knob ${name}`);
  return knob;
}

/** What a plan says for a knob, or its calm value. */
export function knobOf({ config }: Pick<Plan, 'config'>, name: KnobName): number {
  return config[name] ?? knobNamed(name).calm;
}

/** Whether the job runs in batch. */
export function isBatch(plan: Pick<Plan, 'config'>): boolean {
  return knobOf(plan, 'executionMode') === 1;
}

/** Numbers by the names of knobs, for plans that people write in code: the compiler checks the names. */
export type KnobValues = { readonly [Name in KnobName]?: number };

/**
 * Knobs with which few records go a long way: no record waits for others to fill its buffer, the input lasts, and
 * checkpoints come soon. Shrinking tries them, since a plan with one more knob and fewer records is easier to read.
 */
export const FEW_RECORDS: readonly KnobValues[] = [
  { bufferRecords: 1 },
  { recordIntervalUs: 100_000 },
  { checkpointIntervalMs: 20 },
];

/** Names of the task managers' processes, as incidents name them. */
export function taskManagerNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => taskManagerName(index + 1));
}
/** Of the `nth`, from 1. */
export function taskManagerName(nth: number): string {
  return `taskmanager-${nth}`;
}
export const JOB_MANAGER = 'jobmanager';

/** Whether the job follows the slots that there are; in batch it never does. */
export function isReactive(plan: Pick<Plan, 'config'>): boolean {
  return knobOf(plan, 'schedulerMode') === 1 && !isBatch(plan);
}

/** The least number of slots a task manager has. */
const SLOTS_MIN = 2;

/**
 * The configurations that a plan stands for: calm defaults, and what the plan names. There are always slots for the
 * largest parallelism that the plan can reach.
 *
 * @param declared the largest parallelism that an operator of the job declares for itself.
 */
export function configOf(plan: Pick<Plan, 'config' | 'incidents'>, declared = 1): Config {
  const numbers = plan.config;
  const cluster = merged(CALM_CLUSTER, CLUSTER, numbers);
  const job = merged(DEFAULT_JOB_CONFIG, JOB, numbers);
  const rescales = plan.incidents.map(({ what }) => ('parallelism' in what ? what.parallelism : 0));
  const most = Math.max(job.parallelism, job.parallelismAfterRestart, ...rescales);
  // In reactive mode the job has the parallelism of the slots: no more of them than what declares its own needs, or one each.
  const needed = isReactive(plan) ? declared : Math.max(most, declared);
  const slots = Math.max(isReactive(plan) ? 1 : SLOTS_MIN, Math.ceil(needed / cluster.taskManagers));
  return {
    job: {
      ...job,
      checkpointing: checkpointingOf(numbers),
      slotsPerTaskManager: slots,
      executionMode: isBatch(plan) ? 'batch' : 'streaming',
      schedulerMode: isReactive(plan) ? 'reactive' : 'default',
      stateBackend: knobOf(plan, 'stateBackend') === 1 ? 'lsm' : 'heap',
      byReference: knobOf(plan, 'byReference') === 1,
      localRecovery: knobOf(plan, 'localRecovery') === 1,
      flinkCompatibleWatermarks: knobOf(plan, 'flinkCompatibleWatermarks') === 1,
    },
    world: merged(calmWorld, calmWorld, numbers),
    cluster: { ...cluster, maxParallelism: cluster.maxParallelism === 0 ? 0 : Math.max(cluster.maxParallelism, most) },
  };
}

/** `calm` with the numbers of the plan for the names in `ranges`. */
function merged<C extends object>(calm: C, ranges: object, numbers: Readonly<Record<string, number>>): C {
  const changed = { ...calm };
  // A plan names few of them, and no two plans the same: a look for each one that there is would find nothing in any cache.
  for (const [name, value] of Object.entries(numbers))
    if (Object.hasOwn(ranges, name)) Reflect.set(changed, name, value);
  return changed;
}
