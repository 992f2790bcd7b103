/**
 * The checkpoint coordinator of one attempt (SEMANTICS "Coordinator"): one checkpoint at a time.
 *
 *   trigger -> [pending: acknowledgements] -> last one -> metadata object -> HA pointer = completion -> notify all
 *                      | timeout, decline, failover                    | refused: this job manager leads no more
 *                      v                                               v
 *                   aborted -> notify all                           fatal
 *
 * Ids go on from the restored checkpoint, so an id says which checkpoint only together with the attempt. The final
 * checkpoint is the first one triggered after every task has processed all its input.
 * Left out: concurrent checkpoints, min pause, savepoints, tolerable failures (an aborted one is tried again).
 */
import { assert, IoError } from '../errors.ts';
import type { AbortReason, Probe, TaskId } from '../facts.ts';
import type { JobConfig } from '../cluster/config.ts';
import type { PhysicalGraph } from '../graph/physical.ts';
import type { Clock, EpochMs, HaStore, ObjectStore, Random, Timer } from '../ports.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import {
  checkpointPrefix,
  type CompletedCheckpoint,
  completedKey,
  type EnumeratorState,
  FINISHED_SUBTASK,
  NO_CHECKPOINTS,
  readCompleted,
  type SubtaskSnapshot,
  writeCompleted,
  writeMetadata,
} from './metadata.ts';
import { writeObject } from './object-io.ts';
import { type BarrierOptions, optionsOf } from './options.ts';

export interface CoordinatorEnv {
  readonly job: string;
  readonly attempt: number;
  readonly leaderEpoch: number;
  readonly parallelism: number;
  readonly graph: PhysicalGraph;
  readonly config: JobConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: ObjectStore;
  readonly ha: HaStore;
  readonly probe: Probe;
  readonly scope: Scope;
  /** What the HA store held when the attempt began. */
  readonly completed: CompletedList;
  readonly enumerators: () => readonly EnumeratorState[];
  readonly trigger: (checkpoint: number, triggeredAt: EpochMs, options: BarrierOptions) => void;
  readonly notifyComplete: (checkpoint: number, final: boolean) => void;
  readonly notifyAborted: (checkpoint: number, reason: AbortReason) => void;
  /** The HA store refused: somebody else leads. */
  readonly deposed: (error: unknown) => void;
}

export interface CompletedList {
  /** Of the HA entry; 0: none. */
  readonly version: number;
  /** Newest last. */
  readonly checkpoints: readonly CompletedCheckpoint[];
}

interface PendingCheckpoint {
  readonly id: number;
  readonly final: boolean;
  readonly timeout: Timer;
  readonly enumerators: readonly EnumeratorState[];
  readonly snapshots: Map<string, SubtaskSnapshot>;
  /** All acknowledged; the store decides. */
  finalizing: boolean;
}

const FINALIZE_ATTEMPTS_MAX = 20;

export class CheckpointCoordinator {
  readonly #env: CoordinatorEnv;
  readonly #tasks: Set<string>;
  readonly #gone = new Set<string>();
  #completed: CompletedList;
  #nextId: number;
  #pending: PendingCheckpoint | undefined;
  #interval: Timer | undefined;
  /** The interval has passed while one was pending. */
  #due = false;
  #finalRequested = false;
  #finalDone = false;
  /** A checkpoint of this attempt was completed. */
  completedAny = false;
  #stopped = false;

  constructor(env: CoordinatorEnv) {
    this.#env = env;
    const tasks: string[] = [];
    for (const vertex of env.graph.vertices) {
      for (let subtask = 0; subtask < vertex.parallelism; subtask++) tasks.push(taskName(vertex.uid, subtask));
    }
    this.#tasks = new Set(tasks);
    this.#completed = env.completed;
    this.#nextId = (env.completed.checkpoints.at(-1)?.checkpoint ?? 0) + 1;
  }

  /** All tasks run. The first checkpoint is due after a random part of the interval, as in Flink; the calm draw is all of it. */
  start(): void {
    const { config, random } = this.#env;
    const interval = config.checkpointing.intervalMs;
    if (interval > 0) this.#armInterval(interval - random.below(interval));
  }

  /** Every task has processed all its input: take the final checkpoint as soon as none is pending. */
  requestFinal(): void {
    this.#finalRequested = true;
    this.#triggerIfDue();
  }

  onAcknowledge(checkpoint: number, task: TaskId, snapshot: SubtaskSnapshot): void {
    const pending = this.#pending;
    if (pending?.id !== checkpoint || pending.finalizing) return;
    const name = taskName(task.vertex, task.subtask);
    if (!this.#tasks.has(name) || pending.snapshots.has(name)) return;
    pending.snapshots.set(name, snapshot);
    this.#env.probe.checkpointAcknowledged?.({ checkpoint, task });
    if (pending.snapshots.size < this.#tasks.size) return;
    pending.finalizing = true;
    pending.timeout.cancel();
    this.#env.scope.spawn(`finalize ${checkpoint}`, this.#finalize(pending));
  }

  onTaskFinished(name: string): void {
    this.#tasks.delete(name);
    this.#gone.add(name);
    if (this.#pending !== undefined && !this.#pending.finalizing && !this.#pending.snapshots.has(name)) this.#abort(this.#pending, 'task-closing');
    this.#finalDone = false;
    if (this.#tasks.size === 0) this.#finalDone = true;
    else if (this.#finalRequested) this.#triggerIfDue();
  }
  get gone(): ReadonlySet<string> { return this.#gone; }

  onDecline(checkpoint: number): void {
    if (this.#pending?.id === checkpoint && !this.#pending.finalizing) this.#abort(this.#pending, 'declined');
  }

  /** The attempt is over. What is being finalized may still complete in the store; nobody here is told. */
  stop(): void {
    this.#stopped = true;
    this.#interval?.cancel();
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return;
    pending.timeout.cancel();
    const { attempt, probe } = this.#env;
    if (!pending.finalizing) probe.checkpointAborted?.({ attempt, checkpoint: pending.id, kind: 'checkpoint', reason: 'failover' });
  }

  /** For the wait-for explanation. */
  get waitsFor(): string | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    if (pending.finalizing) return `checkpoint ${pending.id} waits for the stores`;
    const missing = [...this.#tasks].filter((task) => !pending.snapshots.has(task));
    return `checkpoint ${pending.id} waits for acknowledgements of ${missing.join(', ')}`;
  }

  #armInterval(delayMs: number): void {
    this.#interval = this.#env.clock.timer(delayMs, () => {
      this.#due = true;
      this.#armInterval(this.#env.config.checkpointing.intervalMs);
      this.#triggerIfDue();
    });
  }

  #triggerIfDue(): void {
    if (this.#stopped || this.#finalDone || this.#pending !== undefined) return;
    if (this.#finalRequested || this.#due) this.#trigger();
  }

  #trigger(): void {
    this.#due = false;
    const id = this.#nextId++;
    const { attempt, clock, config, probe } = this.#env;
    const pending: PendingCheckpoint = {
      id,
      final: this.#finalRequested,
      timeout: clock.timer(config.checkpointing.timeoutMs, () => {
        if (this.#pending === pending) this.#abort(pending, 'expired');
      }),
      enumerators: this.#env.enumerators(),
      snapshots: new Map(),
      finalizing: false,
    };
    this.#pending = pending;
    probe.checkpointTriggered?.({ attempt, checkpoint: id, kind: 'checkpoint', finished: [] });
    this.#env.trigger(id, clock.now(), optionsOf(config.checkpointing, 'checkpoint'));
  }

  #abort(pending: PendingCheckpoint, reason: AbortReason): void {
    pending.timeout.cancel();
    this.#pending = undefined;
    const { attempt, probe, scope } = this.#env;
    probe.checkpointAborted?.({ attempt, checkpoint: pending.id, kind: 'checkpoint', reason });
    this.#env.notifyAborted(pending.id, reason);
    scope.spawn(`delete ${pending.id}`, this.#deleteFiles(attempt, pending.id));
    this.#triggerIfDue();
  }

  *#finalize(pending: PendingCheckpoint): Coroutine<void> {
    const { job, attempt, objects, probe } = this.#env;
    const name = `${checkpointPrefix(job, attempt, pending.id)}metadata`;
    try {
      yield* writeObject(objects, name, this.#metadata(pending));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (this.#pending === pending) this.#abort(pending, 'store-failed');
      return;
    }
    if (this.#stopped) return;
    const subsumed = yield* this.#publish({ checkpoint: pending.id, attempt, metadata: name });
    this.completedAny = true;
    probe.checkpointCompleted?.({ attempt, checkpoint: pending.id, kind: 'checkpoint', metadata: name });
    if (this.#stopped) return;
    this.#pending = undefined;
    if (pending.final) this.#finalDone = true;
    this.#env.notifyComplete(pending.id, pending.final);
    for (const old of subsumed) yield* this.#deleteFiles(old.attempt, old.checkpoint);
    this.#triggerIfDue();
  }

  /** Adds the checkpoint to the HA store's list: this is completion. Returns what it subsumed. */
  *#publish(checkpoint: CompletedCheckpoint): Coroutine<readonly CompletedCheckpoint[]> {
    const { ha, job, config } = this.#env;
    const key = completedKey(job);
    for (let tries = 0; tries < FINALIZE_ATTEMPTS_MAX; tries++) {
      const all = [...this.#completed.checkpoints, checkpoint];
      const kept = all.slice(-config.checkpointing.retained);
      const outcome = yield* ha.compareAndSet(key, this.#completed.version, writeCompleted({ ...NO_CHECKPOINTS, completed: kept }));
      if (outcome.kind === 'written') {
        this.#completed = { version: this.#completed.version + 1, checkpoints: kept };
        return all.slice(0, all.length - kept.length);
      }
      // Refused, or nobody knows: what the store says now decides.
      const now = yield* readCompletedList(ha, job);
      const newest = now.checkpoints.at(-1);
      if (newest?.checkpoint === checkpoint.checkpoint && newest.attempt === checkpoint.attempt) {
        this.#completed = now;
        return all.slice(0, all.length - kept.length);
      }
      if (now.version !== this.#completed.version) {
        const error = new IoError(`checkpoint ${checkpoint.checkpoint}: somebody else changed ${key}`);
        this.#env.deposed(error);
        throw error;
      }
    }
    throw new IoError(`checkpoint ${checkpoint.checkpoint}: ${key} not written after ${FINALIZE_ATTEMPTS_MAX} attempts`);
  }

  #metadata(pending: PendingCheckpoint): Uint8Array {
    const { attempt, leaderEpoch, parallelism, graph } = this.#env;
    return writeMetadata({
      checkpoint: pending.id,
      kind: 'checkpoint',
      attempt,
      leaderEpoch,
      parallelism,
      vertices: graph.vertices.map((vertex) => ({
        uid: vertex.uid,
        parallelism: vertex.parallelism,
        maxParallelism: vertex.maxParallelism,
        subtasks: Array.from({ length: vertex.parallelism }, (_, subtask) => {
          const snapshot = pending.snapshots.get(taskName(vertex.uid, subtask)) ?? (this.#gone.has(taskName(vertex.uid, subtask)) ? FINISHED_SUBTASK : undefined);
          assert(snapshot !== undefined, () => `checkpoint ${pending.id} completes without ${vertex.uid}[${subtask}]`);
          return snapshot;
        }),
      })),
      enumerators: pending.enumerators,
    });
  }

  *#deleteFiles(attempt: number, checkpoint: number): Coroutine<void> {
    const { objects, job } = this.#env;
    const names = yield* objects.list(checkpointPrefix(job, attempt, checkpoint));
    // What cannot be deleted now is swept at the next start.
    for (const name of names) yield* objects.remove(name);
  }
}

export function* readCompletedList(ha: HaStore, job: string): Coroutine<CompletedList> {
  const entry = yield* ha.read(completedKey(job));
  return entry === undefined
    ? { version: 0, checkpoints: [] }
    : { version: entry.version, checkpoints: readCompleted(entry.bytes).completed };
}

function taskName(vertex: string, subtask: number): string {
  return `${vertex}[${subtask}]`;
}
