/**
 * The table of knobs: every number of a plan that is not the scenario's own. From this one table plans are drawn
 * (`generate.ts`), shrunk (`arbitrary.ts`), validated (`schema.ts`) and turned into the configurations of the engine and
 * of the world (`configOf`). A plan names what differs from `calm`.
 *
 * Knobs belong to families: a generated plan draws which families are on (swarm, design decision D8), so that every
 * combination of few unkind things gets its share of runs, and some plans are calm throughout. Left out: what strikes
 * at a chosen moment is no knob but an incident.
 */
import type { CheckpointingConfig, JobConfig } from '../../core/config.ts';
import { DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import type { WorldConfig } from '../../sim/world-config.ts';
import { calmWorld } from '../../sim/world-config.ts';
import type { Plan } from './plan.ts';

/** What the composition of a run reads itself, beside the two configurations. */
export interface ClusterConfig {
  /** Task manager processes, each on a host of its own. */
  readonly taskManagers: number;
  /** Key groups of every operator that declares none; 0: the default of SEMANTICS. */
  readonly maxParallelism: number;
}

export interface Config {
  readonly job: JobConfig;
  readonly world: WorldConfig;
  readonly cluster: ClusterConfig;
}

export interface Family {
  /** Plans per 1000 in which the family is on. */
  readonly on: number;
  /** If it is on: how many of its knobs, per 1000, leave their calm value. */
  readonly drawn: number;
}

/** How plans are drawn: the share of each family. `pace` says how long a run lasts and is always on, and so is `discipline`, of which one is calm. */
export const FAMILIES = {
  pace: { on: 1000, drawn: 1000 },
  shape: { on: 700, drawn: 500 },
  flow: { on: 400, drawn: 600 },
  delay: { on: 650, drawn: 600 },
  links: { on: 350, drawn: 1000 },
  schedule: { on: 500, drawn: 700 },
  detection: { on: 400, drawn: 500 },
  store: { on: 180, drawn: 700 },
  lostReplies: { on: 150, drawn: 1000 },
  clocks: { on: 200, drawn: 700 },
  discipline: { on: 1000, drawn: 1000 },
  overlap: { on: 400, drawn: 600 },
  disk: { on: 150, drawn: 1000 },
  buggify: { on: 250, drawn: 1000 },
} as const satisfies Readonly<Record<string, Family>>;
export type FamilyName = keyof typeof FAMILIES;

export type Unit = 'count' | 'ms' | 'us' | 'per1000' | 'ppm' | 'yes or no';

export interface Knob {
  readonly name: string;
  readonly group: 'job' | 'checkpointing' | 'world' | 'cluster';
  readonly family: FamilyName;
  readonly unit: Unit;
  readonly min: number;
  readonly max: number;
  readonly calm: number;
  /** Where most drawn values lie; one in ten is an end of [min, max] or anything between. */
  readonly typical: readonly [number, number];
  readonly doc: string;
  /** Of a knob that is a choice: the weight of each value from `min` on, instead of `typical`. */
  readonly weights?: readonly number[];
}

type Range = Omit<Knob, 'name' | 'group' | 'calm'>;

const row = (
  family: FamilyName,
  unit: Unit,
  [min, max]: readonly [number, number],
  typical: readonly [number, number],
  doc: string,
): Range => ({ family, unit, min, max, typical, doc });

/** Fields of `JobConfig` that a plan chooses. `slotsPerTaskManager` follows from the parallelism. */
const JOB = {
  parallelism: row('shape', 'count', [1, 5], [1, 4], 'subtasks of each operator that declares none'),
  parallelismAfterRestart: row('shape', 'count', [0, 5], [1, 4], 'the same after the first restart; 0: unchanged'),
  bufferRecords: row('flow', 'count', [1, 64], [1, 8], 'records in a network buffer'),
  bufferTimeoutMs: row('flow', 'ms', [0, 50], [1, 10], 'an open buffer is sent after this time; 0: after each step'),
  credits: row('flow', 'count', [1, 8], [1, 4], 'buffers that a receiver grants each channel'),
  outputBuffersMax: row('flow', 'count', [1, 8], [1, 4], 'full buffers that wait at a sender'),
  byReference: row('flow', 'yes or no', [0, 1], [0, 0], '1: records pass by reference within a process; 0: as bytes'),
  freezeValues: row(
    'flow',
    'yes or no',
    [0, 1],
    [0, 1],
    '1: records and state values are frozen when they are handed over',
  ),
  restartDelayMs: row('detection', 'ms', [0, 500], [0, 60], 'between a failure and the next attempt'),
  heartbeatIntervalMs: row('detection', 'ms', [20, 500], [50, 500], 'between two heartbeats'),
  heartbeatTimeoutMs: row(
    'detection',
    'ms',
    [1_500, 5_000],
    [1_500, 3_000],
    'a silent process counts as dead after this',
  ),
  reconnectMs: row('detection', 'ms', [1, 200], [2, 50], 'between two attempts to reach the job manager'),
  fetchMaxRecords: row('flow', 'count', [1, 64], [1, 32], 'records that a source asks for at once'),
  dealIntervalMs: row('schedule', 'ms', [0, 500], [20, 300], 'pause of an enumerator before each split that it deals'),
} as const satisfies Partial<Record<keyof JobConfig, Range>>;

/** Fields of `CheckpointingConfig`, by names of their own; `discipline` stands for three of them. */
const CHECKPOINTING = {
  discipline: {
    ...row(
      'discipline',
      'count',
      [0, 3],
      [0, 3],
      '0: aligned; 1: unaligned; 2: aligned with timeout to unaligned; 3: at least once',
    ),
    weights: [38, 26, 22, 14],
  },
  alignedTimeoutMs: row(
    'discipline',
    'ms',
    [1, 1_000],
    [1, 40],
    'discipline 2: a checkpoint turns unaligned this long after its trigger',
  ),
  checkpointIntervalMs: row(
    'pace',
    'ms',
    [0, 2_000],
    [80, 300],
    'from one checkpoint to the next; 0: none but the last',
  ),
  checkpointTimeoutMs: row(
    'detection',
    'ms',
    [10, 20_000],
    [15, 250],
    'a checkpoint is given up after this time; drawn so that one without backlog can succeed',
  ),
  minPauseMs: row('overlap', 'ms', [0, 1_000], [1, 100], 'from the end of one checkpoint to the trigger of the next'),
  maxConcurrentCheckpoints: row(
    'overlap',
    'count',
    [1, 4],
    [1, 3],
    'checkpoints under way at once; 1 where barriers may overtake',
  ),
  tolerableFailures: row('overlap', 'count', [0, 10_000], [0, 5], 'failed checkpoints in a row that the job survives'),
  retainedCheckpoints: row('shape', 'count', [1, 4], [1, 3], 'completed checkpoints kept'),
} as const satisfies Readonly<Record<string, Range>>;
const CALM_CHECKPOINTING: Readonly<Record<keyof typeof CHECKPOINTING, number>> = {
  discipline: 0,
  alignedTimeoutMs: 20,
  checkpointIntervalMs: DEFAULT_JOB_CONFIG.checkpointing.intervalMs,
  checkpointTimeoutMs: DEFAULT_JOB_CONFIG.checkpointing.timeoutMs,
  minPauseMs: DEFAULT_JOB_CONFIG.checkpointing.minPauseMs,
  maxConcurrentCheckpoints: DEFAULT_JOB_CONFIG.checkpointing.maxConcurrent,
  tolerableFailures: DEFAULT_JOB_CONFIG.checkpointing.tolerableFailures,
  retainedCheckpoints: DEFAULT_JOB_CONFIG.checkpointing.retained,
};

/** What `discipline` stands for, in order. */
export const DISCIPLINES = ['aligned', 'unaligned', 'timeout', 'at-least-once'] as const;
export type Discipline = (typeof DISCIPLINES)[number];

export function disciplineOf({ config }: Pick<Plan, 'config'>): Discipline {
  return DISCIPLINES[config['discipline'] ?? CALM_CHECKPOINTING.discipline] ?? 'aligned';
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
    retained: knobs.retainedCheckpoints,
  };
}

const WORLD = {
  networkLatencyUs: row('delay', 'us', [0, 10_000], [50, 5_000], 'least time of a message between hosts'),
  networkJitterUs: row('delay', 'us', [0, 20_000], [100, 10_000], 'added to it by a draw'),
  slowLinkPer1000: row('links', 'per1000', [0, 1_000], [100, 500], 'connections whose messages take longer, both ways'),
  slowLinkUs: row('links', 'us', [0, 100_000], [2_000, 30_000], 'how much longer'),
  objectStoreLatencyUs: row(
    'delay',
    'us',
    [0, 100_000],
    [1_000, 30_000],
    'least time of a request to the object store',
  ),
  objectStoreJitterUs: row('delay', 'us', [0, 100_000], [1_000, 40_000], 'added to it by a draw'),
  objectStoreRefusedPer1000: row('store', 'per1000', [0, 300], [5, 80], 'puts that the object store refuses'),
  objectStoreStallPer1000: row('store', 'per1000', [0, 500], [10, 120], 'puts that stall'),
  objectStoreStallMs: row('store', 'ms', [0, 5_000], [300, 3_000], 'how long they stall'),
  haLatencyUs: row('delay', 'us', [0, 50_000], [200, 10_000], 'least time of a request to the HA store'),
  haJitterUs: row('delay', 'us', [0, 50_000], [200, 20_000], 'added to it by a draw'),
  haSessionMs: row('detection', 'ms', [10, 2_000], [50, 500], 'the lease of a dead holder ends after this time'),
  brokerLatencyUs: row('delay', 'us', [0, 10_000], [100, 5_000], 'least time of a request to the log broker'),
  brokerJitterUs: row('delay', 'us', [0, 20_000], [100, 10_000], 'added to it by a draw'),
  recordIntervalUs: row(
    'pace',
    'us',
    [0, 1_000_000],
    [5_000, 12_000],
    'record i of a partition becomes visible at i x this; drawn to fit the input',
  ),
  diskLatencyUs: row('disk', 'us', [0, 20_000], [50, 2_000], 'least time of a request to a disk'),
  diskJitterUs: row('disk', 'us', [0, 20_000], [50, 5_000], 'added to it by a draw'),
  diskShortReadPer1000: row('disk', 'per1000', [0, 500], [10, 200], 'reads that return fewer bytes than asked for'),
  stepCostUs: row('pace', 'us', [0, 500], [20, 500], 'least time from one step of an actor to its next'),
  stepJitterUs: row('schedule', 'us', [0, 500], [20, 300], 'added to it by a draw'),
  slowActorPer1000: row('schedule', 'per1000', [0, 1_000], [50, 400], 'actors whose steps are slow'),
  slowFactor: row('schedule', 'count', [1, 20], [3, 20], 'how many times slower they are'),
  reorderPer1000: row(
    'schedule',
    'per1000',
    [0, 1_000],
    [20, 500],
    'wake-ups that get a random place in their instant',
  ),
  reorderDelayUs: row('schedule', 'us', [0, 20_000], [100, 5_000], 'and come late by a draw of at most this'),
  clockOffsetMs: row('clocks', 'ms', [0, 10_000], [1, 2_000], 'wall clocks are off by at most this'),
  clockDriftPpm: row('clocks', 'ppm', [0, 50_000], [10, 5_000], 'clocks are fast or slow by at most this'),
  lostReplyPer1000: row('lostReplies', 'per1000', [0, 100], [1, 15], 'writes whose reply is lost'),
  buggifySitePer1000: row(
    'buggify',
    'per1000',
    [0, 1_000],
    [300, 1_000],
    'sites of the engine that misbehave on purpose',
  ),
  buggifyFirePer1000: row('buggify', 'per1000', [0, 500], [50, 500], 'calls of such a site that do'),
} as const satisfies Partial<Record<keyof WorldConfig, Range>>;

const CLUSTER = {
  taskManagers: row('shape', 'count', [1, 3], [1, 3], 'task manager processes'),
  maxParallelism: row(
    'shape',
    'count',
    [0, 130],
    [5, 24],
    'key groups, never fewer than subtasks; 0: 128 unless the parallelism asks for more',
  ),
} as const satisfies Readonly<Record<keyof ClusterConfig, Range>>;
const CALM_CLUSTER: ClusterConfig = { taskManagers: 2, maxParallelism: 0 };

function knobsOf(
  group: Knob['group'],
  ranges: Readonly<Record<string, Range>>,
  calm: Readonly<Record<string, number | boolean>>,
): readonly Knob[] {
  return Object.entries(ranges).map(([name, range]) => ({ name, group, calm: Number(calm[name]), ...range }));
}

export const KNOBS: readonly Knob[] = [
  ...knobsOf('job', JOB, { ...DEFAULT_JOB_CONFIG, checkpointing: 0 }),
  ...knobsOf('checkpointing', CHECKPOINTING, { ...CALM_CHECKPOINTING }),
  ...knobsOf('world', WORLD, { ...calmWorld }),
  ...knobsOf('cluster', CLUSTER, { ...CALM_CLUSTER }),
];

/** The calm value of every knob. */
export const CALM: ReadonlyMap<string, number> = new Map(KNOBS.map(({ name, calm }) => [name, calm]));

/**
 * Knobs with which few records go a long way: no record waits for others to fill its buffer, the input lasts, and
 * checkpoints come soon. Shrinking tries them, since a plan with one more knob and fewer records is easier to read.
 */
export const FEW_RECORDS: readonly Plan['config'][] = [
  { bufferRecords: 1 },
  { recordIntervalUs: 100_000 },
  { checkpointIntervalMs: 20 },
];

/** Names of the task managers' processes, as incidents name them. */
export function taskManagerNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `taskmanager-${index + 1}`);
}
export const JOB_MANAGER = 'jobmanager';

/** The least number of slots a task manager has. */
const SLOTS_MIN = 2;

/**
 * The configurations that a plan stands for: calm defaults, and what the plan names. There are always slots for the
 * largest parallelism that the plan can reach.
 *
 * @param declared the largest parallelism that an operator of the job declares for itself.
 */
export function configOf(plan: Plan, declared = 1): Config {
  const numbers = plan.config;
  const cluster = merged(CALM_CLUSTER, CLUSTER, numbers);
  const job = merged(DEFAULT_JOB_CONFIG, JOB, numbers);
  const rescales = plan.incidents.map(({ what }) => (what.kind === 'rescale' ? what.parallelism : 0));
  const most = Math.max(job.parallelism, job.parallelismAfterRestart, ...rescales);
  const slots = Math.max(SLOTS_MIN, Math.ceil(Math.max(most, declared) / cluster.taskManagers));
  return {
    job: {
      ...job,
      checkpointing: checkpointingOf(numbers),
      slotsPerTaskManager: slots,
      byReference: numbers['byReference'] !== 0,
      freezeValues: numbers['freezeValues'] === 1,
    },
    world: merged(calmWorld, WORLD, numbers),
    cluster: { ...cluster, maxParallelism: cluster.maxParallelism === 0 ? 0 : Math.max(cluster.maxParallelism, most) },
  };
}

/** `calm` with the numbers of the plan for the names in `ranges`. */
function merged<C extends object>(calm: C, ranges: object, numbers: Readonly<Record<string, number>>): C {
  const changed = { ...calm };
  for (const name of Object.keys(ranges)) {
    const value = numbers[name];
    if (value !== undefined) Object.assign(changed, { [name]: value });
  }
  return changed;
}
