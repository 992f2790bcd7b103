/**
 * What comes before the deployment of an attempt:
 *
 *   wait for slots -> newest checkpoint -> can the job take it? -> its key groups -> sweep leftovers -> claim a number -> slots again
 *
 * The number is claimed in the HA store by compare-and-set, so it rises over every leader. Task managers may have gone
 * during the reads, so only the slots that are there at the end count.
 */
import { fittedTo } from '../checkpoint/restore/fit.ts';
import { storedKeyGroups } from '../checkpoint/restore/stored-key-groups.ts';
import { sweepLeftovers, type Swept } from '../checkpoint/restore/leftovers.ts';
import type { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import type { SharedObjects } from '../checkpoint/storage/shared-registry.ts';
import {
  type CheckpointMetadata,
  foundAt,
  type JobCheckpoints,
  objectsOf,
  prefixAt,
  readMetadata,
  restorePoint,
  withPending,
  withSubtasks,
  withVertices,
} from '../checkpoint/storage/metadata.ts';
import type { JobConfig } from '../config.ts';
import { IoError, JobError, MissingObjectError } from '../errors.ts';
import { type KeyGroupNumbers, type PhysicalGraph, physicalGraph, type Scale } from '../graph/physical.ts';
import type { JobSpec } from '../job/spec.ts';
import { int32, int64, record, type TypeOf } from '../job/types.ts';
import type { ObjectStore, Ports } from '../ports.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import type { Coroutine } from '../waiting.ts';
import type { Slot } from './placement.ts';
import { leastSlots, parallelismOn, type SlotPool } from './reactive.ts';

/** What the HA store keeps of attempts. */
const attemptRecord = record({
  attempt: int64,
  leaderEpoch: int64,
  /** Largest parallelism of any vertex so far: the subtasks that may own transactions. */
  ownersMax: int32,
});
type AttemptRecord = TypeOf<typeof attemptRecord>;

/** What an attempt is made with. */
export interface AttemptEnv {
  readonly ports: Ports;
  readonly job: JobSpec;
  readonly config: JobConfig;
  readonly leaderEpoch: number;
  /** In reactive mode its parallelism is that of the slots. */
  readonly scale: Scale;
  readonly store: CompletedStore;
  /** State of operators that the job does not have is left out. */
  readonly allowNonRestoredState: boolean;
  readonly slots: SlotPool;
  /** Its tasks have been sent out. */
  readonly deployed: () => void;
}

export interface PreparedAttempt {
  readonly number: number;
  readonly scale: Scale;
  readonly graph: PhysicalGraph;
  /** Subtask i of every vertex runs in slot i. */
  readonly slots: readonly Slot[];
  /** What it starts from. */
  readonly metadata: CheckpointMetadata | undefined;
  /** That is the job's own: it took it, or has claimed it. */
  readonly owned: boolean;
  /** Objects that the retained checkpoints share. */
  readonly shared: SharedObjects;
  readonly ownersMax: number;
}

/** Throws `JobError` if no attempt of the job can start, `IoError` if this one cannot. */
export function* prepareAttempt(env: AttemptEnv): Coroutine<PreparedAttempt> {
  const { ports, job, config, store } = env;
  const asked = yield* wantedScale(env);
  const checkpoints = yield* store.read();
  if (checkpoints.stopped) throw new IoError('the job was stopped meanwhile');
  const newest = yield* readNewest(env);
  const keyGroups = storedKeyGroups(newest);
  // In reactive mode nobody has asked for more subtasks than the state has key groups.
  const wanted =
    config.schedulerMode === 'reactive' ? atMost(asked, parallelismOn(job, asked.parallelism, keyGroups)) : asked;
  const metadata = newest === undefined ? undefined : fittedTo(graphOf(job, wanted), newest, env.allowNonRestoredState);
  const { shared, there } = yield* sweptFor(env, checkpoints);
  if (newest !== undefined) yield* requireObjects(ports.objects, newest, there);
  const claimed = yield* claim(env, slotsFor(graphOf(job, wanted, keyGroups)), newest?.attempt ?? 0);
  const { scale, slots } = yield* placed(env, wanted);
  const graph = graphOf(job, scale, keyGroups);
  const owned = checkpoints.completed.length > 0 || checkpoints.claimed;
  return { number: claimed.attempt, scale, graph, slots, metadata, owned, shared, ownersMax: claimed.ownersMax };
}

/** Waits for its slots. In reactive mode for the least that there must be, and takes what there is. */
function* wantedScale({ job, config, scale, slots }: AttemptEnv): Coroutine<Scale> {
  if (config.schedulerMode !== 'reactive') {
    yield* slots.take(slotsFor(graphOf(job, scale)));
    return scale;
  }
  const count = yield* slots.settled(leastSlots(job), config.resourceStabilizationMs);
  return { parallelism: parallelismOn(job, count), vertices: new Map() };
}

/**
 * Where it runs, of the slots that there are now. In reactive mode that may be at a lower parallelism than the one that was wanted, not at a
 * higher one: the subtasks that may own transactions are written down. What has come meanwhile counts once it is deployed (`ScaleUp`).
 */
function* placed(
  { job, config, slots }: AttemptEnv,
  wanted: Scale,
): Coroutine<{ readonly scale: Scale; readonly slots: readonly Slot[] }> {
  if (config.schedulerMode !== 'reactive')
    return { scale: wanted, slots: yield* slots.take(slotsFor(graphOf(job, wanted))) };
  const least = leastSlots(job);
  yield* slots.take(least);
  const scale = atMost(wanted, parallelismOn(job, slots.count));
  return { scale, slots: yield* slots.take(slotsFor(graphOf(job, scale))) };
}

function atMost(scale: Scale, parallelism: number): Scale {
  return { parallelism: Math.min(scale.parallelism, parallelism), vertices: scale.vertices };
}

function graphOf(job: JobSpec, { parallelism, vertices }: Scale, keyGroups?: KeyGroupNumbers): PhysicalGraph {
  return physicalGraph(job, parallelism, vertices, keyGroups);
}

function slotsFor({ vertices }: PhysicalGraph): number {
  return Math.max(...vertices.map(({ parallelism }) => parallelism));
}

/** It never falls back to an older checkpoint: transactions of the newest may be committed. */
function* readNewest({ ports, job, store }: AttemptEnv): Coroutine<CheckpointMetadata | undefined> {
  const newest = restorePoint(store.entry);
  if (newest === undefined) return undefined;
  const bytes = yield* ports.objects.get(newest.metadata);
  if (bytes === undefined) {
    throw new JobError(cannotBeRestored(newest.checkpoint, newest.metadata));
  }
  return ownCommittables(job.name, foundAt(newest.metadata, readMetadata(bytes)));
}

function* sweptFor({ ports, job }: AttemptEnv, checkpoints: JobCheckpoints): Coroutine<Swept> {
  try {
    return yield* sweepLeftovers(ports, job.name, checkpoints);
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
    throw new JobError(cannotBeRestored(checkpoints.completed.at(-1)?.checkpoint ?? 0, error.object));
  }
}

/**
 * The store says the same to every attempt, so the job ends by name instead of failing at each restore. `there`: objects of the job, of
 * which a list is at hand. *Ours*: also if a host could restore from its own copies, since no later checkpoint could name the object.
 */
function* requireObjects(
  objects: ObjectStore,
  newest: CheckpointMetadata,
  there: ReadonlySet<string>,
): Coroutine<void> {
  const unknown = [...objectsOf(newest)].filter((name) => !there.has(name));
  const elsewhere = new Set<string>();
  for (const prefix of new Set(unknown.map(prefixAt)))
    for (const name of yield* objects.list(prefix)) elsewhere.add(name);
  const missing = unknown.find((name) => !elsewhere.has(name));
  if (missing !== undefined) throw new JobError(cannotBeRestored(newest.checkpoint, missing));
}

function cannotBeRestored(checkpoint: number, object: string): string {
  return `checkpoint ${checkpoint} cannot be restored: object ${object} is missing; start the job from a savepoint or an older checkpoint`;
}

/** A savepoint of another job (`restoreFrom`) holds committables that are that job's to commit. */
function ownCommittables(job: string, metadata: CheckpointMetadata): CheckpointMetadata {
  if (metadata.job === job) return metadata;
  return withVertices(
    metadata,
    metadata.vertices.map((vertex) => withSubtasks(vertex, (subtask) => withPending(subtask, []))),
  );
}

/**
 * The next attempt number, by compare-and-set; throws `IoError` if somebody else leads. It rises over that of another job from
 * whose savepoint this one starts, too: channels of in-flight data are named by the attempt that sent it.
 */
export function* claim(
  { ports, job, leaderEpoch }: Pick<AttemptEnv, 'ports' | 'job' | 'leaderEpoch'>,
  parallelism: number,
  restored: number,
): Coroutine<AttemptRecord> {
  const key = `attempts/${job.name}`;
  for (;;) {
    const entry = yield* ports.ha.read(key);
    const last = entry === undefined ? undefined : fromBytes(attemptRecord, entry.bytes);
    if (last !== undefined && last.leaderEpoch > leaderEpoch) throw new IoError('a later leader has taken over');
    const next: AttemptRecord = {
      attempt: Math.max(last?.attempt ?? 0, restored) + 1,
      leaderEpoch,
      ownersMax: Math.max(last?.ownersMax ?? 0, parallelism),
    };
    const outcome = yield* ports.ha.compareAndSet(key, entry?.version ?? 0, toBytes(attemptRecord, next));
    // Refused or unknown: read again. If ours was applied after all, its number is simply never used.
    if (outcome.kind === 'written') return next;
  }
}
