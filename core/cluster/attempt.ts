/**
 * One attempt to run the job, from its placement to its end. Its number is claimed in the HA store, so it rises over
 * every leader; every message carries it.
 *
 *   end       | when
 *   ----------|-----------------------------------------------------------------------------------------------
 *   finished  | all tasks have finished, and no stop-with-savepoint was complete
 *   stopped   | all tasks have finished, and one was
 *   failed    | anything else; whether a stop was complete before it, the HA store says (the job manager looks)
 *   fatal     | as failed, and a restart cannot help
 */
import { int32, int64, record, type TypeOf } from '../job/types.ts';
import type { JobSpec } from '../job/spec.ts';
import { taskName } from '../checkpoint/coordinator/checkpoint-plan.ts';
import type { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { CheckpointCoordinator } from '../checkpoint/coordinator/coordinator.ts';
import { type CheckpointMetadata, readMetadata, restorePoint } from '../checkpoint/storage/metadata.ts';
import type { PendingTransaction } from '../connectors/connector-state.ts';
import { type CheckpointKind, DECLINE_REASONS } from '../barrier-options.ts';
import { optionsToBody } from '../channels/barrier-codec.ts';
import { assert, IoError, JobError, messageOf } from '../errors.ts';
import { type PhysicalGraph, physicalGraph } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Ports, ProcessId } from '../ports.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import type { JobConfig } from '../config.ts';
import { sweepLeftovers } from '../checkpoint/restore/leftovers.ts';
import type { Body, MessageHandlers, MessageHeader, MessageKind } from '../messages.ts';
import { Enumerators } from './enumerators.ts';
import { notify } from './notifications.ts';
import { placeSlots, type Registration, type Slot } from './placement.ts';
import { checkRestorable, restoreOf } from '../checkpoint/restore/redistribution.ts';

/** What the HA store keeps of attempts. */
const attemptRecord = record({
  attempt: int64,
  leaderEpoch: int64,
  /** Largest parallelism of any vertex so far: the subtasks that may own transactions. */
  ownersMax: int32,
});
type AttemptRecord = TypeOf<typeof attemptRecord>;

type End =
  | { readonly kind: 'finished' }
  /** `savepoint`: its metadata object. */
  | { readonly kind: 'stopped'; readonly savepoint: string }
  | { readonly kind: 'failed'; readonly message: string }
  /** A restart cannot help. */
  | { readonly kind: 'fatal'; readonly message: string };
export type AttemptEnd = End & {
  readonly attempt: number;
  /** The attempt got on: a checkpoint of it was completed. */
  readonly completedCheckpoint: boolean;
};

export interface AttemptEnv {
  readonly ports: Ports;
  readonly job: JobSpec;
  readonly config: JobConfig;
  readonly parts: Parts;
  readonly leaderEpoch: number;
  readonly parallelism: number;
  readonly store: CompletedStore;
  readonly registrations: ReadonlyMap<ProcessId, Registration>;
  readonly slots: (needed: number) => Coroutine<void>;
  readonly send: <K extends MessageKind>(to: Registration, kind: K, header: MessageHeader, body: Body<K>) => void;
}

export class Attempt {
  readonly #env: AttemptEnv;
  readonly #ended = new Deferred<End>('the end of the attempt');
  readonly #scope: Scope;
  /** `from`: the task manager that says so, if it is registered. */
  readonly handlers: MessageHandlers<'attempt', Registration | undefined>;
  #number = 0;
  #slots: readonly Slot[] = [];
  #coordinator: CheckpointCoordinator | undefined;
  #enumerators: Enumerators | undefined;
  /** Tasks that have not said so yet. */
  #notRunning = new Set<string>();
  #notDataFinished = new Set<string>();
  #notFinished = new Set<string>();
  /** Task managers that have not confirmed the cancellation. */
  #notCancelled = new Set<Registration>();
  #allCancelled: Deferred<void> | undefined;
  /** A stop-with-savepoint is complete: there is no way back. */
  #stoppedWith: string | undefined;
  /** Deployed: from here on a failure needs cancellation. */
  #deployed = false;

  constructor(env: AttemptEnv) {
    this.#env = env;
    this.#scope = env.ports.scope.child('attempt', (error) => {
      this.fail(messageOf(error));
    });
    this.handlers = this.#messageHandlers();
  }

  /** 0 until it is claimed. */
  get number(): number {
    return this.#number;
  }

  get failing(): boolean {
    return this.#ended.settled;
  }

  /** Deployed and not over. */
  get underWay(): boolean {
    return this.#deployed && !this.failing;
  }

  /** Idempotent. */
  fail(message: string): void {
    this.#end({ kind: 'failed', message });
  }

  /** Takes a savepoint as soon as it may be. Returns why not, if there is nothing to take one of. */
  savepoint(kind: Exclude<CheckpointKind, 'checkpoint'>): string | undefined {
    if (this.failing || this.#coordinator === undefined) return 'no attempt of the job is under way';
    if (this.#stoppedWith !== undefined) return `the job is being stopped with savepoint ${this.#stoppedWith}`;
    this.#coordinator.requestSavepoint(kind);
    return undefined;
  }

  *run(): Coroutine<AttemptEnd> {
    try {
      yield* this.#start();
    } catch (error) {
      if (error instanceof JobError) this.#end({ kind: 'fatal', message: error.message });
      else if (error instanceof IoError) this.fail(error.message);
      else throw error;
    }
    const ended = yield* this.#ended;
    const end: AttemptEnd = {
      ...ended,
      attempt: this.#number,
      completedCheckpoint: this.#coordinator?.completedAny ?? false,
    };
    this.#scope.cancel();
    if (end.kind === 'finished' || end.kind === 'stopped') return end;
    this.#env.ports.probe.attemptFailed?.({ attempt: this.#number, message: end.message });
    if (this.#deployed) yield* this.#cancelTasks();
    return end;
  }

  waiting(): readonly string[] {
    const lines: string[] = [];
    lines.push(...(this.#coordinator?.waiting() ?? []));
    if (this.#notRunning.size > 0)
      lines.push(`attempt ${this.#number} waits for ${[...this.#notRunning].join(', ')} to run`);
    return lines;
  }

  // ---- start

  *#start(): Coroutine<void> {
    const { ports, job, parallelism } = this.#env;
    const graph = physicalGraph(job, parallelism);
    const needed = Math.max(...graph.vertices.map((vertex) => vertex.parallelism));
    yield* this.#env.slots(needed);
    const checkpoints = yield* this.#env.store.read();
    if (checkpoints.stopped) throw new IoError('the job was stopped meanwhile');
    const metadata = yield* this.#readNewest();
    if (metadata !== undefined) checkRestorable(graph, metadata);
    yield* sweepLeftovers(ports.objects, job.name, checkpoints);
    const claimed = yield* this.#claim(needed);
    // Task managers may have gone while we were reading: only now do we look who is there.
    yield* this.#env.slots(needed);
    this.#number = claimed.attempt;
    ports.probe.attemptStarting?.({
      attempt: claimed.attempt,
      leaderEpoch: this.#env.leaderEpoch,
      restoredFrom: metadata?.checkpoint,
      parallelism: new Map(graph.vertices.map((vertex) => [vertex.uid, vertex.parallelism])),
    });
    this.#deploy(graph, needed, metadata, claimed.ownersMax);
    this.#createCoordinator(graph, metadata);
  }

  /** Never an older one: the newest may have committed transactions. */
  *#readNewest(): Coroutine<CheckpointMetadata | undefined> {
    const newest = restorePoint(this.#env.store.entry);
    if (newest === undefined) return undefined;
    const bytes = yield* this.#env.ports.objects.get(newest.metadata);
    if (bytes === undefined) {
      throw new JobError(`checkpoint ${newest.checkpoint} cannot be restored: object ${newest.metadata} is missing`);
    }
    return ownTransactions(this.#env.job.name, readMetadata(bytes));
  }

  /** The next attempt number, by compare-and-set; throws `IoError` if somebody else leads. */
  *#claim(parallelism: number): Coroutine<AttemptRecord> {
    const { ports, job, leaderEpoch } = this.#env;
    const key = `attempts/${job.name}`;
    for (;;) {
      const entry = yield* ports.ha.read(key);
      const last = entry === undefined ? undefined : fromBytes(attemptRecord, entry.bytes);
      if (last !== undefined && last.leaderEpoch > leaderEpoch) throw new IoError('a later leader has taken over');
      const next: AttemptRecord = {
        attempt: (last?.attempt ?? 0) + 1,
        leaderEpoch,
        ownersMax: Math.max(last?.ownersMax ?? 0, parallelism),
      };
      const outcome = yield* ports.ha.compareAndSet(key, entry?.version ?? 0, toBytes(attemptRecord, next));
      // Refused or unknown: read again. If ours was applied after all, its number is simply never used.
      if (outcome.kind === 'written') return next;
    }
  }

  #deploy(graph: PhysicalGraph, needed: number, metadata: CheckpointMetadata | undefined, ownersMax: number): void {
    this.#slots = placeSlots(this.#env.registrations.values(), needed);
    const slotHosts = this.#slots.map((slot) => slot.registration.host);
    const byTaskManager = new Map<Registration, Body<'deploy'>['tasks'][number][]>();
    for (const vertex of graph.vertices) {
      const restores = restoreOf(vertex, metadata, graph);
      restores.forEach((restore, subtask) => {
        const slot = this.#slots[subtask];
        if (slot === undefined) throw new JobError(`no slot for ${vertex.uid}[${subtask}]`);
        const tasks = byTaskManager.get(slot.registration) ?? [];
        tasks.push({ vertex: vertex.uid, subtask, restore });
        byTaskManager.set(slot.registration, tasks);
        const name = taskName(vertex.uid, subtask);
        this.#notRunning.add(name);
        this.#notDataFinished.add(name);
        this.#notFinished.add(name);
      });
    }
    const restoredFrom = metadata?.checkpoint ?? -1;
    const { parallelism } = this.#env;
    this.#deployed = true;
    for (const [registration, tasks] of byTaskManager) {
      this.#notCancelled.add(registration);
      this.#env.send(registration, 'deploy', this.#header(-1), {
        parallelism,
        restoredFrom,
        ownersMax,
        slotHosts,
        tasks,
      });
    }
  }

  #createCoordinator(graph: PhysicalGraph, metadata: CheckpointMetadata | undefined): void {
    const { ports, job, config, leaderEpoch, parallelism, store } = this.#env;
    const enumerators = new Enumerators(graph, metadata, {
      ports,
      config,
      attempt: this.#number,
      toSubtask: (subtask, kind, body) => {
        this.#toSubtask(subtask, kind, body);
      },
    });
    this.#enumerators = enumerators;
    this.#coordinator = new CheckpointCoordinator({
      job: job.name,
      attempt: this.#number,
      leaderEpoch,
      parallelism,
      graph,
      config,
      clock: ports.clock,
      random: ports.random,
      objects: ports.objects,
      probe: ports.probe,
      scope: this.#scope,
      store,
      restoredFrom: metadata?.checkpoint ?? 0,
      enumerators: () => enumerators.snapshot(),
      trigger: (checkpoint, triggeredAt, options, tasks) => {
        this.#toAll('trigger', checkpoint, { triggeredAt, options: optionsToBody(options), tasks });
      },
      notifyComplete: (checkpoint) => {
        this.#notifyAll('notifyComplete', checkpoint, {});
      },
      notifyAborted: (checkpoint, reason, latestCompleted) => {
        this.#notifyAll('notifyAborted', checkpoint, { reason, latestCompleted });
      },
      failed: (message) => {
        // A stop that came to nothing when all tasks had finished by themselves is no failure.
        if (this.#notFinished.size === 0) this.#end({ kind: 'finished' });
        else this.fail(message);
      },
      deposed: (error) => {
        this.#end({ kind: 'fatal', message: messageOf(error) });
      },
      stopped: (savepoint) => {
        this.#stoppedWith = savepoint;
        this.#endIfAllFinished();
      },
    });
  }

  // ---- what the task managers say

  #messageHandlers(): MessageHandlers<'attempt', Registration | undefined> {
    return {
      taskRunning: (_, { vertex, subtask }) => {
        if (this.failing || !this.#notRunning.delete(taskName(vertex, subtask)) || this.#notRunning.size > 0) return;
        this.#env.ports.probe.attemptRunning?.({ attempt: this.#number });
        this.#coordinator?.start();
        this.#enumerators?.start(this.#scope);
      },
      acknowledge: ({ attempt, checkpoint }, { vertex, subtask, snapshot, metrics }) => {
        if (this.failing) return;
        this.#coordinator?.onAcknowledge(checkpoint, { vertex, subtask, attempt }, snapshot, metrics);
      },
      decline: ({ checkpoint }, { vertex, subtask, reason: text }) => {
        const reason = DECLINE_REASONS.find((candidate) => candidate === text);
        assert(reason !== undefined, () => `${vertex}[${subtask}] declines for no known reason: ${text}`);
        if (!this.failing) this.#coordinator?.onDecline(checkpoint, reason);
      },
      taskFailed: (_, { vertex, subtask, message }) => {
        this.fail(`${vertex}[${subtask}] failed: ${message}`);
      },
      dataFinished: (_, { vertex, subtask }) => {
        if (!this.#notDataFinished.delete(taskName(vertex, subtask))) return;
        if (!this.failing && this.#notDataFinished.size === 0) this.#coordinator?.requestFinal();
      },
      taskFinished: (_, { vertex, subtask }) => {
        if (!this.#notFinished.delete(taskName(vertex, subtask))) return;
        if (!this.failing) this.#coordinator?.onTaskFinished(vertex, subtask);
        this.#endIfAllFinished();
      },
      attemptCancelled: (_, __, from) => {
        if (from !== undefined) this.#confirmCancelled(from);
      },
    };
  }

  #endIfAllFinished(): void {
    // A stop that is with the stores decides which end it is.
    if (this.#notFinished.size > 0 || this.#coordinator?.stopUndecided === true) return;
    const savepoint = this.#stoppedWith;
    this.#end(savepoint === undefined ? { kind: 'finished' } : { kind: 'stopped', savepoint });
  }

  onLost(registration: Registration, why: string): void {
    if (this.#slots.some((slot) => slot.registration === registration)) {
      this.fail(`${registration.taskManager} is lost: ${why}`);
    }
    this.#confirmCancelled(registration);
  }

  // ---- end

  #end(end: End): void {
    if (this.#ended.settled) return;
    this.#ended.resolve(end);
    this.#coordinator?.stop(end.kind === 'finished' || end.kind === 'stopped' ? 'stopped' : 'failover');
  }

  /** Until every task manager has confirmed or is gone. */
  *#cancelTasks(): Coroutine<void> {
    const waiting = new Deferred<void>('task managers to confirm the cancellation');
    this.#allCancelled = waiting;
    for (const registration of this.#notCancelled) this.#env.send(registration, 'cancel', this.#header(-1), {});
    if (this.#notCancelled.size === 0) return;
    yield* waiting;
  }

  #confirmCancelled(registration: Registration): void {
    if (!this.#notCancelled.delete(registration) || this.#notCancelled.size > 0) return;
    this.#allCancelled?.resolve();
  }

  // ---- sending

  #header(checkpoint: number): MessageHeader {
    return { leaderEpoch: this.#env.leaderEpoch, attempt: this.#number, checkpoint };
  }

  #toAll<K extends MessageKind>(kind: K, checkpoint: number, body: Body<K>): void {
    const targets = new Set(this.#slots.map((slot) => slot.registration));
    for (const registration of targets) this.#env.send(registration, kind, this.#header(checkpoint), body);
  }

  #notifyAll<K extends 'notifyComplete' | 'notifyAborted'>(kind: K, checkpoint: number, body: Body<K>): void {
    for (const registration of new Set(this.#slots.map((slot) => slot.registration))) {
      notify(this.#env.ports, () => {
        if (!this.failing) this.#env.send(registration, kind, this.#header(checkpoint), body);
      });
    }
  }

  #toSubtask<K extends MessageKind>(subtask: number, kind: K, body: Body<K>): void {
    const slot = this.#slots[subtask];
    if (slot !== undefined) this.#env.send(slot.registration, kind, this.#header(-1), body);
  }
}

/** A savepoint of another job (`restoreFrom`) names transactions that are that job's to commit. */
function ownTransactions(job: string, metadata: CheckpointMetadata): CheckpointMetadata {
  const own = ({ transaction }: PendingTransaction): boolean => transaction.startsWith(`${job}/`);
  return {
    ...metadata,
    vertices: metadata.vertices.map((vertex) => ({
      ...vertex,
      subtasks: vertex.subtasks.map((subtask) => ({ ...subtask, pending: subtask.pending.filter(own) })),
    })),
  };
}
