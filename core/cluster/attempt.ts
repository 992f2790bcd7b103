/**
 * One attempt to run the job, from its placement to its end. Its number is claimed in the HA store, so it rises over
 * every leader; every message carries it.
 */
import { int32, int64, record, type TypeOf } from '../api/types.ts';
import type { JobSpec } from '../api/spec.ts';
import { CheckpointCoordinator, type CompletedList, readCompletedList } from '../checkpoint/coordinator.ts';
import { type CheckpointMetadata, checkpointPrefix, readMetadata } from '../checkpoint/metadata.ts';
import { optionsToBody } from '../checkpoint/options.ts';
import { SplitEnumerator } from '../connectors/split-enumerator.ts';
import { IoError, JobError, messageOf } from '../errors.ts';
import { type PhysicalGraph, physicalGraph } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Ports, ProcessId } from '../ports.ts';
import { fromBytes, toBytes } from '../state/serializers.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import type { JobConfig } from './config.ts';
import type { Registration } from './job-manager.ts';
import type { Body, MessageHeader, MessageKind } from './messages.ts';
import { restoreOf } from './redistribution.ts';

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
  readonly registrations: ReadonlyMap<ProcessId, Registration>;
  readonly slots: (needed: number) => Coroutine<void>;
  readonly send: <K extends MessageKind>(to: Registration, kind: K, header: MessageHeader, body: Body<K>) => void;
}

interface Slot {
  readonly registration: Registration;
}

export class Attempt {
  readonly #env: AttemptEnv;
  readonly #ended = new Deferred<End>('the end of the attempt');
  readonly #scope: Scope;
  #number = 0;
  #slots: readonly Slot[] = [];
  #coordinator: CheckpointCoordinator | undefined;
  #enumerators: readonly SplitEnumerator[] = [];
  /** Tasks that have not said so yet. */
  #notRunning = new Set<string>();
  #notDataFinished = new Set<string>();
  #notFinished = new Set<string>();
  /** Task managers that have not confirmed the cancellation. */
  #notCancelled = new Set<Registration>();
  #allCancelled: Deferred<void> | undefined;
  /** Deployed: from here on a failure needs cancellation. */
  #deployed = false;

  constructor(env: AttemptEnv) {
    this.#env = env;
    this.#scope = env.ports.scope.child('attempt', (error) => {
      this.fail(messageOf(error));
    });
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
    this.#coordinator?.stop();
    this.#scope.cancel();
    if (end.kind === 'finished') {
      this.#env.ports.probe.jobEnded?.({ attempt: this.#number, status: 'finished', message: '' });
      return end;
    }
    this.#env.ports.probe.attemptFailed?.({ attempt: this.#number, message: end.message });
    if (this.#deployed) yield* this.#cancelTasks();
    return end;
  }

  waiting(): readonly string[] {
    const lines: string[] = [];
    const coordinator = this.#coordinator?.waitsFor;
    if (coordinator !== undefined) lines.push(coordinator);
    if (this.#notRunning.size > 0) lines.push(`attempt ${this.#number} waits for ${[...this.#notRunning].join(', ')} to run`);
    return lines;
  }

  // ---- start

  *#start(): Coroutine<void> {
    const { ports, job, parallelism } = this.#env;
    const graph = physicalGraph(job, parallelism);
    const needed = Math.max(...graph.vertices.map((vertex) => vertex.parallelism));
    yield* this.#env.slots(needed);
    const completed = yield* readCompletedList(ports.ha, job.name);
    const metadata = yield* this.#readNewest(completed);
    yield* this.#sweep(completed);
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
    this.#createCoordinator(graph, completed, metadata);
  }

  /** Never an older one: the newest may have committed transactions. */
  *#readNewest(completed: CompletedList): Coroutine<CheckpointMetadata | undefined> {
    const newest = completed.checkpoints.at(-1);
    if (newest === undefined) return undefined;
    const bytes = yield* this.#env.ports.objects.get(newest.metadata);
    if (bytes === undefined) {
      throw new JobError(`checkpoint ${newest.checkpoint} cannot be restored: object ${newest.metadata} is missing`);
    }
    return readMetadata(bytes);
  }

  /** Deletes what earlier attempts left and no retained checkpoint names. */
  *#sweep(completed: CompletedList): Coroutine<void> {
    const { objects } = this.#env.ports;
    const job = this.#env.job.name;
    const kept = completed.checkpoints.map(({ attempt, checkpoint }) => checkpointPrefix(job, attempt, checkpoint));
    const names = yield* objects.list(`${job}/`);
    for (const name of names) {
      if (!kept.some((prefix) => name.startsWith(prefix))) yield* objects.remove(name);
    }
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
    this.#slots = this.#place(needed);
    const slotHosts = this.#slots.map((slot) => slot.registration.host);
    const byTaskManager = new Map<Registration, Body<'deploy'>['tasks'][number][]>();
    for (const vertex of graph.vertices) {
      const restores = restoreOf(vertex, metadata);
      restores.forEach((restore, subtask) => {
        const slot = this.#slots[subtask];
        if (slot === undefined) throw new JobError(`no slot for ${vertex.uid}[${subtask}]`);
        const tasks = byTaskManager.get(slot.registration) ?? [];
        tasks.push({ vertex: vertex.uid, subtask, restore });
        byTaskManager.set(slot.registration, tasks);
        const name = `${vertex.uid}[${subtask}]`;
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
      this.#env.send(registration, 'deploy', this.#header(-1), { parallelism, restoredFrom, ownersMax, slotHosts, tasks });
    }
  }

  /** Slots in turn over the task managers, in order of their names. */
  #place(needed: number): readonly Slot[] {
    const free = [...this.#env.registrations.values()]
      .sort((a, b) => (a.taskManager < b.taskManager ? -1 : 1))
      .map((registration) => ({ registration, left: registration.slots }));
    const slots: Slot[] = [];
    while (slots.length < needed) {
      for (const candidate of free) {
        if (candidate.left === 0 || slots.length === needed) continue;
        candidate.left--;
        slots.push({ registration: candidate.registration });
      }
    }
    return slots;
  }

  #createCoordinator(graph: PhysicalGraph, completed: CompletedList, metadata: CheckpointMetadata | undefined): void {
    const { ports, job, config, leaderEpoch, parallelism } = this.#env;
    this.#enumerators = graph.vertices.flatMap((vertex) => {
      const head = vertex.nodes[0]?.operator;
      if (head?.kind !== 'source') return [];
      const restored = metadata?.enumerators.find((candidate) => candidate.source === vertex.uid);
      return [
        new SplitEnumerator(
          vertex.uid,
          head.source,
          {
            log: ports.log,
            clock: ports.clock,
            parallelism: vertex.parallelism,
            dealIntervalMs: config.dealIntervalMs,
            deal: (subtask, split) => {
              ports.probe.splitDealt?.({ attempt: this.#number, source: vertex.uid, split: split.split, subtask });
              this.#toSubtask(subtask, 'addSplits', { source: vertex.uid, subtask, splits: [split] });
            },
            noMoreSplits: (subtask) => {
              this.#toSubtask(subtask, 'noMoreSplits', { source: vertex.uid, subtask });
            },
          },
          restored,
        ),
      ];
    });
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
      ha: ports.ha,
      probe: ports.probe,
      scope: this.#scope,
      completed,
      enumerators: () => this.#enumerators.map((enumerator) => enumerator.snapshot()),
      trigger: (checkpoint, triggeredAt, options) => {
        const gone = this.#coordinator?.gone ?? new Set<string>();
        const running = (vertex: { uid: string; parallelism: number }, subtask: number) => !gone.has(`${vertex.uid}[${subtask}]`);
        const tasks = graph.vertices.flatMap((vertex) => Array.from({ length: vertex.parallelism }, (_, subtask) => ({ vertex: vertex.uid, subtask })).filter(({ subtask }) => running(vertex, subtask) && vertex.inEdges.every((edge) => { const s = graph.sender(edge); return Array.from({ length: s.parallelism }, (_, i) => i).every((i) => (edge.partition.kind === 'forward' && i !== subtask) || !running(s, i)); })));
        this.#toAll('trigger', checkpoint, { triggeredAt, options: optionsToBody(options), tasks });
      },
      notifyComplete: (checkpoint, final) => {
        this.#toAll('notifyComplete', checkpoint, { final });
      },
      notifyAborted: (checkpoint, reason) => {
        this.#toAll('notifyAborted', checkpoint, { reason, latestCompleted: 0 });
      },
      deposed: (error) => {
        this.#end({ kind: 'fatal', message: messageOf(error) });
      },
    });
  }

  // ---- what the task managers say

  onTaskRunning(vertex: string, subtask: number): void {
    if (this.failing || !this.#notRunning.delete(`${vertex}[${subtask}]`) || this.#notRunning.size > 0) return;
    this.#env.ports.probe.attemptRunning?.({ attempt: this.#number });
    this.#coordinator?.start();
    for (const enumerator of this.#enumerators) this.#scope.spawn('enumerator', enumerator.run());
  }

  onAcknowledge(header: MessageHeader, body: Body<'acknowledge'>): void {
    if (this.failing) return;
    const task = { vertex: body.vertex, subtask: body.subtask, attempt: header.attempt };
    this.#coordinator?.onAcknowledge(header.checkpoint, task, body.snapshot);
  }

  onDecline(checkpoint: number): void {
    if (!this.failing) this.#coordinator?.onDecline(checkpoint);
  }

  onDataFinished(vertex: string, subtask: number): void {
    this.#notDataFinished.delete(`${vertex}[${subtask}]`);
    if (!this.failing && this.#notDataFinished.size === 0) this.#coordinator?.requestFinal();
  }

  onTaskFinished(vertex: string, subtask: number): void {
    this.#notFinished.delete(`${vertex}[${subtask}]`);
    this.#coordinator?.onTaskFinished(`${vertex}[${subtask}]`);
    if (this.#notFinished.size === 0) this.#end({ kind: 'finished' });
  }

  onCancelled(registration: Registration): void {
    this.#confirmCancelled(registration);
  }

  onLost(registration: Registration, why: string): void {
    if (this.#slots.some((slot) => slot.registration === registration)) {
      this.fail(`${registration.taskManager} is lost: ${why}`);
    }
    this.#confirmCancelled(registration);
  }

  // ---- end

  #end(end: End): void {
    if (!this.#ended.settled) this.#ended.resolve(end);
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

  #toSubtask<K extends MessageKind>(subtask: number, kind: K, body: Body<K>): void {
    const slot = this.#slots[subtask];
    if (slot !== undefined) this.#env.send(slot.registration, kind, this.#header(-1), body);
  }
}
