/**
 * The checkpoint coordinator of one attempt (SEMANTICS C1 to C7).
 *
 *   interval, final, savepoint -> decide -> trigger -> [collecting] -> last one -> queue -> metadata -> HA entry -> notify all
 *                                                          | timeout, decline,                 | store failed
 *                                                          | task closing, subsumed            v
 *                                                          '--------------------------------> aborted -> notify all
 *
 *   kind        | files       | HA entry             | subsumes older | tasks are notified of completion
 *   ------------|-------------|----------------------|----------------|-----------------------------------------
 *   checkpoint  | its own     | completed + n        | yes            | yes
 *   savepoint   | kept for us | untouched            | no             | no: it is no commit point, a failover goes behind it
 *   stop, drain | kept for us | stopped, savepoint n | yes            | yes, again and again until all have finished
 *
 * When one is triggered is the business of `trigger-scheduler.ts`, what happens between the last acknowledgement and the
 * completion that of `completion-queue.ts`. Several may be collecting at once. Ids go on from the restored checkpoint, so
 * an id says which checkpoint only together with the attempt.
 *
 * Tasks finish one by one, each after a completed checkpoint that it took with all its input processed. Once no task has
 * input left, such checkpoints are taken after a pause of their own until all have finished: a lost notification is made
 * good by a later one. Left out: the requester of a savepoint gets no answer; only the facts say how it ended.
 */
import { type CheckpointKind, type DeclineReason, endsJob, optionsOf } from '../../barrier-options.ts';
import { optionsToBody } from '../../channels/barrier-codec.ts';
import type { AbortReason, TaskId } from '../../facts.ts';
import type { Timer } from '../../ports.ts';
import type { TaskMetrics } from '../snapshot/task-metrics.ts';
import { deletePrefix } from '../storage/delete-prefix.ts';
import { prefixOf, type SubtaskSnapshot } from '../storage/metadata.ts';
import { planOf, taskName } from './checkpoint-plan.ts';
import { SharedState } from './shared-state.ts';
import { statsOf } from './checkpoint-stats.ts';
import { CompletionQueue } from './completion-queue.ts';
import type { CoordinatorEnv } from './coordinator-env.ts';
import { FailureManager } from './failure-manager.ts';
import { FinalCheckpointOfJob } from './final-checkpoint.ts';
import { PendingCheckpoint } from './pending-checkpoint.ts';
import { TriggerScheduler } from './trigger-scheduler.ts';

/** Pause between repeated notifications of a stop. */
const STOP_REPEAT_MS = 100;

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
  readonly #scheduler: TriggerScheduler;
  readonly #completion: CompletionQueue;
  readonly #failures: FailureManager;
  readonly #shared: SharedState;
  /** Tasks that have finished. */
  readonly #finished = new Set<string>();
  /** In order of their ids. */
  readonly #pending = new Map<number, PendingCheckpoint>();
  #nextId: number;
  /** The latest completed checkpoint of this attempt, plain savepoints aside; 0: none. */
  #latestCompleted = 0;
  /** The newest one that was aborted, and how many were since the last one that was completed. */
  #aborted: { readonly id: number; readonly reason: AbortReason; readonly inARow: number } | undefined;
  #over = false;
  #stopRepeat: Timer | undefined;

  constructor(env: CoordinatorEnv) {
    this.#env = env;
    const { attempt, config, ports } = env;
    const tasks = attempt.graph.vertices.reduce((count, { parallelism }) => count + parallelism, 0);
    this.#scheduler = new TriggerScheduler({
      clock: ports.clock,
      random: ports.random,
      config: config.checkpointing,
      final: new FinalCheckpointOfJob(tasks),
      pending: () => this.#pending.size,
      unfinished: () => this.#finished.size < tasks,
      trigger: (kind) => {
        this.#trigger(kind);
      },
    });
    this.#completion = new CompletionQueue(env, {
      storeFailed: (pending) => {
        this.#abort(pending, 'store-failed');
      },
      published: (pending, metadata) => {
        this.#published(pending, metadata);
      },
      completed: (pending, metadata) => {
        this.#completed(pending, metadata);
      },
      subsumed: (checkpoint) => {
        this.#shared.subsumed(checkpoint);
      },
    });
    this.#shared = new SharedState(env);
    this.#failures = new FailureManager(config.checkpointing.tolerableFailures);
    this.#nextId = attempt.restoredFrom + 1;
  }

  /** A checkpoint of this attempt was completed: a restart would not begin where this attempt did. */
  get completedAny(): boolean {
    return this.#latestCompleted > 0;
  }

  /** All tasks run. */
  start(): void {
    this.#scheduler.start();
  }

  /** The task has no input left. Once none has, the final checkpoint is taken as soon as it may be. */
  onDataFinished(vertex: string, subtask: number): void {
    this.#scheduler.dataFinished(taskName(vertex, subtask));
  }

  /** Taken when its turn comes; forgotten if the attempt ends before. */
  requestSavepoint(kind: CheckpointKind): void {
    this.#scheduler.request(kind);
  }

  onAcknowledge(checkpoint: number, task: TaskId, snapshot: SubtaskSnapshot, metrics: TaskMetrics): void {
    const pending = this.#pending.get(checkpoint);
    if (pending === undefined || this.#over) return;
    const { clock, probe } = this.#env.ports;
    const now = clock.monotonic();
    const isFirst = pending.state === 'collecting' && pending.lacks(taskName(task.vertex, task.subtask));
    if (isFirst && !this.#shared.acknowledged(checkpoint, snapshot)) {
      this.#abort(pending, 'base-gone');
      return;
    }
    if (!pending.acknowledge(taskName(task.vertex, task.subtask), { snapshot, metrics }, now)) return;
    probe.checkpointAcknowledged?.({ checkpoint, task });
    if (pending.state !== 'acknowledged') return;
    pending.timeout?.cancel();
    if (pending.partlyFinished(this.#env.attempt) === undefined) this.#completion.add(pending);
    else this.#abort(pending, 'partly-finished');
  }

  onDecline(checkpoint: number, reason: DeclineReason): void {
    const pending = this.#pending.get(checkpoint);
    if (!this.#over && pending?.state === 'collecting') this.#abort(pending, DECLINED[reason]);
  }

  /** It takes no further part: a pending checkpoint that needs its acknowledgement can no longer complete. */
  onTaskFinished(vertex: string, subtask: number): void {
    const name = taskName(vertex, subtask);
    this.#finished.add(name);
    if (this.#over) return;
    for (const pending of [...this.#pending.values()]) {
      if (pending.state === 'collecting' && pending.lacks(name)) this.#abort(pending, 'task-closing');
    }
  }

  /** The attempt is over. What is being finalized may still complete in the store; no task is notified. Idempotent. */
  stop(reason: 'failover' | 'stopped'): void {
    if (this.#over) return;
    this.#over = true;
    this.#scheduler.stop();
    this.#completion.stop();
    this.#stopRepeat?.cancel();
    for (const pending of this.#pending.values()) {
      pending.timeout?.cancel();
      if (pending.state === 'finalizing') continue;
      pending.state = 'over';
      this.#stateAborted(pending, reason);
    }
    this.#pending.clear();
  }

  /** A person has asked for the job's end by a savepoint: it has to be triggered, or is under way. */
  get stopAsked(): boolean {
    return this.#scheduler.stopAsked;
  }

  /** A synchronous savepoint is with the stores: how the job ends is not known yet. */
  get stopUndecided(): boolean {
    return [...this.#pending.values()].some(({ kind, state }) => endsJob(kind) && state !== 'collecting');
  }

  /** For the wait-for explanation. */
  waiting(): readonly string[] {
    const pending = [...this.#pending.values()].map(({ id, state, missing }) =>
      state === 'collecting'
        ? `checkpoint ${id} waits for acknowledgements of ${missing.join(', ')}`
        : `checkpoint ${id} waits for the stores`,
    );
    if (this.#aborted === undefined) return pending;
    const { id, reason, inARow } = this.#aborted;
    const since = `aborted since the last one that was completed: ${inARow}`;
    return [...pending, `checkpoints ${since}, the newest is ${id} (${reason})`];
  }

  /** One step: what the enumerators say and what the sources are sent belong to one instant. */
  #trigger(kind: CheckpointKind): void {
    const { config, ports, tasks } = this.#env;
    const { attempt, graph } = this.#env.attempt;
    const enumerators = this.#env.enumerators();
    if (enumerators === undefined) return;
    const id = this.#nextId++;
    const plan = planOf(graph, this.#finished);
    const options = {
      id,
      kind,
      plan,
      enumerators,
      triggeredAt: ports.clock.now(),
      triggeredMs: ports.clock.monotonic(),
    };
    const pending = new PendingCheckpoint(options);
    this.#pending.set(id, pending);
    pending.timeout = ports.clock.timer(config.checkpointing.timeoutMs, () => {
      if (!this.#over && pending.state === 'collecting') this.#abort(pending, 'expired');
    });
    ports.probe.checkpointTriggered?.({ attempt, checkpoint: id, kind, finished: plan.finished });
    tasks.toAll('trigger', id, {
      triggeredAt: options.triggeredAt,
      options: optionsToBody(optionsOf(config.checkpointing, kind)),
      tasks: plan.trigger,
    });
  }

  #abort(pending: PendingCheckpoint, reason: AbortReason): void {
    const { kind, id } = pending;
    pending.state = 'over';
    pending.timeout?.cancel();
    this.#pending.delete(id);
    this.#stateAborted(pending, reason);
    const { attempt, ports, scope, tasks, listener } = this.#env;
    tasks.notifyAll('notifyAborted', id, { reason, latestCompleted: this.#latestCompleted });
    scope.spawn(`delete ${id}`, deletePrefix(ports, prefixOf(kind, attempt.job, attempt.attempt, id)));
    this.#shared.aborted(id);
    this.#aborted = { id, reason, inARow: (this.#aborted?.inARow ?? 0) + 1 };
    const failure = this.#failures.aborted(id, kind, reason);
    if (failure !== undefined) listener.failed(failure);
    this.#scheduler.ended();
  }

  #stateAborted(pending: PendingCheckpoint, reason: AbortReason): void {
    const { clock, probe } = this.#env.ports;
    const { attempt } = this.#env.attempt;
    probe.checkpointAborted?.({ attempt, checkpoint: pending.id, kind: pending.kind, reason });
    probe.checkpointStats?.(statsOf(attempt, pending, { status: 'failed', reason, atMs: clock.monotonic() }));
  }

  #published(pending: PendingCheckpoint, metadata: string): void {
    const { id, kind } = pending;
    this.#failures.completed(id);
    this.#aborted = undefined;
    if (kind !== 'savepoint') this.#latestCompleted = id;
    const { probe } = this.#env.ports;
    const { attempt } = this.#env.attempt;
    probe.checkpointCompleted?.({ attempt, checkpoint: id, kind, metadata });
    probe.checkpointStats?.(statsOf(attempt, pending, { status: 'completed' }));
  }

  #completed(pending: PendingCheckpoint, metadata: string): void {
    const { tasks, listener } = this.#env;
    this.#pending.delete(pending.id);
    this.#scheduler.completed();
    if (pending.kind !== 'savepoint') {
      tasks.notifyAll('notifyComplete', pending.id, {});
      for (const older of [...this.#pending.values()]) {
        if (older.id < pending.id && older.isCheckpoint) this.#abort(older, 'subsumed');
      }
    }
    if (endsJob(pending.kind)) {
      listener.stopped(metadata);
      this.#repeatStop(pending.id);
    }
    this.#scheduler.ended();
  }

  /** No later checkpoint can make good that a task did not hear of this one. */
  #repeatStop(checkpoint: number): void {
    if (this.#over) return;
    this.#stopRepeat = this.#env.ports.clock.timer(STOP_REPEAT_MS, () => {
      this.#env.tasks.notifyAll('notifyComplete', checkpoint, {});
      this.#repeatStop(checkpoint);
    });
  }
}
