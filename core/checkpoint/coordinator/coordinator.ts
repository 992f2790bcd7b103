/**
 * The checkpoint coordinator of one attempt (SEMANTICS "Coordinator").
 *
 *   interval, final, savepoint -> decide -> trigger -> [collecting] -> last one -> queue -> metadata -> HA entry -> notify all
 *                                                          | timeout, decline,                 | store failed
 *                                                          | task closing, subsumed            v
 *                                                          '--------------------------------> aborted -> notify all
 *
 *   kind        | files       | HA entry             | subsumes older | tasks are told of completion
 *   ------------|-------------|----------------------|----------------|-----------------------------------------
 *   checkpoint  | its own     | completed + n        | yes            | yes
 *   savepoint   | kept for us | untouched            | no             | no: it is no commit point, a failover goes behind it
 *   stop, drain | kept for us | stopped, savepoint n | yes            | yes, again and again until all have finished
 *
 * Several may be collecting at once; they are finalized one after the other, in the order in which they became complete.
 * What waits for a store looks again, when it goes on, whether the coordinator was stopped meanwhile. Ids go on from the
 * restored checkpoint, so an id says which checkpoint only together with the attempt.
 *
 * Tasks finish one by one, each after a completed checkpoint that it took with all its input processed. Once no task has
 * input left, such checkpoints are taken after a pause of their own until all have finished: a lost notification is made
 * good by a later one. Left out: who asks for a savepoint is not told how it ended, other than by the facts.
 */
import { IoError } from '../../errors.ts';
import type { AbortReason, Probe, TaskId } from '../../facts.ts';
import type { JobConfig } from '../../config.ts';
import type { PhysicalGraph } from '../../graph/physical.ts';
import type { Clock, EpochMs, Ms, ObjectStore, Random, Timer } from '../../ports.ts';
import type { Coroutine, Scope } from '../../waiting.ts';
import { type PlannedTask, planOf, taskName } from './checkpoint-plan.ts';
import { statsOf } from './checkpoint-stats.ts';
import { type CompletedStore, DeposedError } from '../storage/completed-store.ts';
import { FailureManager } from './failure-manager.ts';
import { FINAL_PAUSE_MS, FinalCheckpointOfJob } from './final-checkpoint.ts';
import {
  type CompletedCheckpoint,
  metadataName,
  prefixOf,
  type SubtaskSnapshot,
  writeMetadata,
} from '../storage/metadata.ts';
import type { EnumeratorState } from '../../connectors/connector-state.ts';
import { deletePrefix } from '../storage/delete-prefix.ts';
import { writeObject } from '../../state/object-io.ts';
import {
  type BarrierOptions,
  type CheckpointKind,
  type DeclineReason,
  endsJob,
  optionsOf,
} from '../../barrier-options.ts';
import type { TaskMetrics } from '../snapshot/task-metrics.ts';
import { PendingCheckpoint } from './pending-checkpoint.ts';
import { decide } from './request-decider.ts';

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
  readonly probe: Probe;
  readonly scope: Scope;
  /** Read when the attempt began. */
  readonly store: CompletedStore;
  /** Id of the restored checkpoint; 0: none. */
  readonly restoredFrom: number;
  readonly enumerators: () => readonly EnumeratorState[];
  readonly trigger: (
    checkpoint: number,
    triggeredAt: EpochMs,
    options: BarrierOptions,
    tasks: readonly PlannedTask[],
  ) => void;
  readonly notifyComplete: (checkpoint: number) => void;
  /** `latestCompleted`: of this attempt, 0 if none; for tasks that have missed its notification. */
  readonly notifyAborted: (checkpoint: number, reason: AbortReason, latestCompleted: number) => void;
  /** The attempt cannot go on: too many failed checkpoints in a row, or a failed stop. */
  readonly failed: (message: string) => void;
  /** The HA store refused: somebody else leads. */
  readonly deposed: (error: unknown) => void;
  /** The point of no return: the HA store says that the job is stopped, with this metadata object. */
  readonly stopped: (savepoint: string) => void;
}

/** Why a task does not take part, as a reason of the abort. */
const DECLINED: Readonly<Record<DeclineReason, AbortReason>> = {
  'not-ready': 'task-not-ready',
  closing: 'task-closing',
  failed: 'declined',
  'cancellation-marker': 'cancellation-marker',
  subsumed: 'subsumed',
};

export class CheckpointCoordinator {
  readonly #env: CoordinatorEnv;
  readonly #failures: FailureManager;
  /** Tasks that have finished. */
  readonly #finished = new Set<string>();
  readonly #tasks: number;
  /** In order of their ids. */
  readonly #pending = new Map<number, PendingCheckpoint>();
  /** Acknowledged by all; in that order. */
  #toFinalize: PendingCheckpoint[] = [];
  #finalizing = false;
  #nextId: number;
  #savepoints: CheckpointKind[] = [];
  #running = false;
  #stopping = false;
  #over = false;
  #periodicDue = false;
  readonly #final: FinalCheckpointOfJob;
  #lastCompletion: Ms | undefined;
  #latestCompleted = 0;
  #interval: Timer | undefined;
  #pause: Timer | undefined;
  #finalPause: Timer | undefined;
  #stopRepeat: Timer | undefined;
  /** A checkpoint of this attempt was completed: a restart would not begin where this attempt did. */
  completedAny = false;

  constructor(env: CoordinatorEnv) {
    this.#env = env;
    this.#failures = new FailureManager(env.config.checkpointing.tolerableFailures);
    this.#tasks = env.graph.vertices.reduce((count, { parallelism }) => count + parallelism, 0);
    this.#final = new FinalCheckpointOfJob(this.#tasks);
    this.#nextId = env.restoredFrom + 1;
  }

  /** All tasks run. The first checkpoint is due after a random part of the interval, as in Flink; the calm draw is all of it. */
  start(): void {
    this.#running = true;
    const { config, random } = this.#env;
    const interval = config.checkpointing.intervalMs;
    if (interval > 0) this.#armInterval(interval - random.below(interval));
    this.#triggerIfDue();
  }

  /** The task has no input left. Once none has, the final checkpoint is taken as soon as it may be. */
  onDataFinished(vertex: string, subtask: number): void {
    if (this.#final.dataFinished(taskName(vertex, subtask))) this.#triggerIfDue();
  }

  /** Taken when its turn comes; forgotten if the attempt ends before. */
  requestSavepoint(kind: Exclude<CheckpointKind, 'checkpoint'>): void {
    this.#savepoints.push(kind);
    this.#triggerIfDue();
  }

  onAcknowledge(checkpoint: number, task: TaskId, snapshot: SubtaskSnapshot, metrics: TaskMetrics): void {
    const pending = this.#pending.get(checkpoint);
    if (pending === undefined || this.#over) return;
    const now = this.#env.clock.monotonic();
    if (!pending.acknowledge(taskName(task.vertex, task.subtask), { snapshot, metrics }, now)) return;
    this.#env.probe.checkpointAcknowledged?.({ checkpoint, task });
    if (pending.state !== 'acknowledged') return;
    pending.timeout?.cancel();
    this.#toFinalize.push(pending);
    if (this.#finalizing) return;
    this.#finalizing = true;
    this.#env.scope.spawn(`finalize ${checkpoint}`, this.#finalizeAll());
  }

  onDecline(checkpoint: number, reason: DeclineReason): void {
    const pending = this.#pending.get(checkpoint);
    if (!this.#over && pending?.state === 'collecting') this.#abort(pending, DECLINED[reason]);
  }

  /** It takes no further part; what waits for its acknowledgement waits in vain. */
  onTaskFinished(vertex: string, subtask: number): void {
    const name = taskName(vertex, subtask);
    this.#finished.add(name);
    if (this.#over) return;
    for (const pending of [...this.#pending.values()]) {
      if (pending.state === 'collecting' && pending.lacks(name)) this.#abort(pending, 'task-closing');
    }
  }

  /** The attempt is over. What is being finalized may still complete in the store; nobody here is told. Idempotent. */
  stop(reason: 'failover' | 'stopped'): void {
    if (this.#over) return;
    this.#over = true;
    for (const timer of [this.#interval, this.#pause, this.#finalPause, this.#stopRepeat]) timer?.cancel();
    for (const pending of this.#pending.values()) {
      pending.timeout?.cancel();
      if (pending.state === 'finalizing') continue;
      pending.state = 'over';
      this.#stateAborted(pending, reason);
    }
    this.#pending.clear();
  }

  /** A synchronous savepoint is with the stores: how the job ends is not known yet. */
  get stopUndecided(): boolean {
    return [...this.#pending.values()].some(({ kind, state }) => endsJob(kind) && state !== 'collecting');
  }

  /** For the wait-for explanation. */
  waiting(): readonly string[] {
    return [...this.#pending.values()].map((pending) =>
      pending.state === 'collecting'
        ? `checkpoint ${pending.id} waits for acknowledgements of ${pending.missing.join(', ')}`
        : `checkpoint ${pending.id} waits for the stores`,
    );
  }

  // ---- trigger

  #armInterval(delayMs: Ms): void {
    this.#interval = this.#env.clock.timer(delayMs, () => {
      // Armed again whatever becomes of this one: a trigger that is refused now stays due.
      this.#armInterval(this.#env.config.checkpointing.intervalMs);
      this.#periodicDue = true;
      this.#triggerIfDue();
    });
  }

  #triggerIfDue(): void {
    for (;;) {
      if (this.#over) return;
      const { clock, config } = this.#env;
      const decision = decide({
        stopping: this.#stopping,
        running: this.#running && this.#finished.size < this.#tasks,
        pending: this.#pending.size,
        maxConcurrent: config.checkpointing.maxConcurrent,
        savepoints: this.#savepoints,
        finalDue: this.#final.isDue,
        periodicDue: this.#periodicDue,
        now: clock.monotonic(),
        lastCompletion: this.#lastCompletion,
        minPauseMs: config.checkpointing.minPauseMs,
      });
      if (decision.kind === 'trigger') {
        this.#trigger(decision.what);
        continue;
      }
      if (decision.why === 'min-pause') this.#armPause(decision.ms);
      return;
    }
  }

  #armPause(ms: Ms): void {
    this.#pause?.cancel();
    this.#pause = this.#env.clock.timer(ms, () => {
      this.#pause = undefined;
      this.#triggerIfDue();
    });
  }

  /** One step: what the enumerators say and what the sources are told belong to one instant. */
  #trigger(kind: CheckpointKind): void {
    if (kind === 'checkpoint') {
      this.#periodicDue = false;
      this.#final.triggered();
    } else {
      this.#savepoints.shift();
      this.#stopping = kind !== 'savepoint';
    }
    const { attempt, clock, config, graph, probe } = this.#env;
    const id = this.#nextId++;
    const plan = planOf(graph, this.#finished);
    const options = {
      id,
      kind,
      plan,
      enumerators: this.#env.enumerators(),
      triggeredAt: clock.now(),
      triggeredMs: clock.monotonic(),
    };
    const pending = new PendingCheckpoint(options);
    this.#pending.set(id, pending);
    pending.timeout = clock.timer(config.checkpointing.timeoutMs, () => {
      if (!this.#over && pending.state === 'collecting') this.#abort(pending, 'expired');
    });
    probe.checkpointTriggered?.({ attempt, checkpoint: id, kind, finished: plan.finished });
    this.#env.trigger(id, options.triggeredAt, optionsOf(config.checkpointing, kind), plan.trigger);
  }

  // ---- end of one

  #abort(pending: PendingCheckpoint, reason: AbortReason): void {
    pending.state = 'over';
    pending.timeout?.cancel();
    this.#pending.delete(pending.id);
    this.#stateAborted(pending, reason);
    const { attempt, job, objects, scope } = this.#env;
    this.#env.notifyAborted(pending.id, reason, this.#latestCompleted);
    scope.spawn(`delete ${pending.id}`, deletePrefix(objects, prefixOf(pending.kind, job, attempt, pending.id)));
    const failure = this.#failures.aborted(pending.id, pending.kind, reason);
    if (failure !== undefined) this.#env.failed(failure);
    this.#ended();
  }

  #stateAborted(pending: PendingCheckpoint, reason: AbortReason): void {
    const { attempt, clock, probe } = this.#env;
    probe.checkpointAborted?.({ attempt, checkpoint: pending.id, kind: pending.kind, reason });
    probe.checkpointStats?.(statsOf(attempt, pending, { status: 'failed', reason, atMs: clock.monotonic() }));
  }

  /** There is room for the next one. */
  #ended(): void {
    if (this.#over) return;
    const { clock } = this.#env;
    if (this.#final.ended()) {
      this.#finalPause = clock.timer(FINAL_PAUSE_MS, () => {
        this.#final.pauseOver();
        this.#triggerIfDue();
      });
    }
    this.#triggerIfDue();
  }

  // ---- completion

  *#finalizeAll(): Coroutine<void> {
    for (;;) {
      const pending = this.#toFinalize.shift();
      if (pending === undefined || this.#over) break;
      if (pending.state === 'acknowledged') yield* this.#finalize(pending);
    }
    this.#finalizing = false;
  }

  *#finalize(pending: PendingCheckpoint): Coroutine<void> {
    pending.state = 'finalizing';
    const { job, attempt, objects, probe, graph } = this.#env;
    const name = metadataName(prefixOf(pending.kind, job, attempt, pending.id));
    try {
      yield* writeObject(objects, name, writeMetadata(pending.metadata(graph, this.#env)));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (!this.#over) this.#abort(pending, 'store-failed');
      return;
    }
    if (this.#over) return;
    const subsumed = yield* this.#publish(pending, { checkpoint: pending.id, attempt, metadata: name });
    pending.state = 'over';
    this.#failures.completed(pending.id);
    if (pending.kind !== 'savepoint') {
      this.completedAny = true;
      this.#latestCompleted = pending.id;
    }
    probe.checkpointCompleted?.({ attempt, checkpoint: pending.id, kind: pending.kind, metadata: name });
    probe.checkpointStats?.(statsOf(attempt, pending, { status: 'completed' }));
    if (this.#over) return;
    this.#pending.delete(pending.id);
    this.#completed(pending, name);
    // Beside the next one, which must not wait for it.
    for (const old of subsumed) {
      this.#env.scope.spawn(
        `delete ${old.checkpoint}`,
        deletePrefix(objects, prefixOf('checkpoint', job, old.attempt, old.checkpoint)),
      );
    }
  }

  /** Makes it count. Returns what nothing names any more. */
  *#publish(pending: PendingCheckpoint, checkpoint: CompletedCheckpoint): Coroutine<readonly CompletedCheckpoint[]> {
    const { store, config, deposed } = this.#env;
    try {
      switch (pending.kind) {
        case 'savepoint':
          return [];
        case 'checkpoint':
          return yield* store.add(checkpoint, config.checkpointing.retained);
        case 'stop':
        case 'drain':
          return yield* store.stop(checkpoint, pending.kind === 'drain');
      }
    } catch (error) {
      if (error instanceof DeposedError) deposed(error);
      throw error;
    }
  }

  #completed(pending: PendingCheckpoint, metadata: string): void {
    this.#lastCompletion = this.#env.clock.monotonic();
    if (pending.kind !== 'savepoint') {
      this.#env.notifyComplete(pending.id);
      for (const older of [...this.#pending.values()]) {
        if (older.id < pending.id && older.isCheckpoint) this.#abort(older, 'subsumed');
      }
    }
    if (endsJob(pending.kind)) {
      this.#env.stopped(metadata);
      this.#repeatStop(pending.id);
    }
    this.#ended();
  }

  /** No later checkpoint can make good that a task did not hear of this one. */
  #repeatStop(checkpoint: number): void {
    if (this.#over) return;
    this.#stopRepeat = this.#env.clock.timer(FINAL_PAUSE_MS, () => {
      this.#env.notifyComplete(checkpoint);
      this.#repeatStop(checkpoint);
    });
  }
}
