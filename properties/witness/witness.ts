/**
 * The witness: the engine's own history, kept beside the run, with the model re-executing it turn by turn (DESIGN D10).
 *
 *     facts of the newest attempt ---> turns ---> model of L ---> judged turn ---> laws
 *                                        |
 *                                        v
 *                               effective history H(L) ---- snapshotTaken ----> cut of (attempt, checkpoint)
 *                                        ^                                          |
 *                                        +------------- attemptStarting ------------+
 *
 * The engine executes a turn first; its facts are collected and judged at `turnEnded`. A turn that never ends (its
 * process was killed) never happened. Facts of older attempts are dropped: what a zombie does is in no history.
 * In-flight data of the restored cut is received by its old ids, on channels of the attempt that sent it (`replay.ts`).
 *
 * Trusted: turns, sends and receptions as the mailbox loop states them. Not trusted: which checkpoints are completed and
 * what is in them (read from the services), watermark floors (computed here from the witness's own cuts).
 * Left out: histories of coordinators, regional failover (every attempt restarts all).
 */
import { FACT_KINDS, type Facts, type Probe, type TaskId } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { WorldView } from '../world.ts';
import type { Model, ModelVertex } from '../model/types.ts';
import { AttemptRecord } from './attempt.ts';
import type { CheckpointSource, CompletedCheckpoint } from './checkpoints.ts';
import { Completions } from './completions.ts';
import { controlProbes } from './control-facts.ts';
import { splitProbe } from './split-facts.ts';
import type { Cut } from './cut.ts';
import type { Fork } from './fork.ts';
import { type Heard, heardBy, tell } from './heard.ts';
import type { Instance } from './instance.ts';
import type { WitnessListener } from './listener.ts';
import type { TaskRecord } from './task.ts';
import { joined, relayProbe } from './relay.ts';
import type { TurnBuffer } from './turn.ts';
import { turnProbe } from './turn-facts.ts';
import { TurnJudge } from './turn-judge.ts';
import { losesInFlight, upgradedCut, type Version } from './upgrade.ts';
import { VertexRecord } from './vertex.ts';

export interface WitnessOptions {
  /** Keep what evidence needs to name its chain of records; costs memory in proportion to the run. */
  readonly trace: boolean;
}

export class Witness {
  readonly world: WorldView;
  model: Model;
  readonly trace: boolean;
  vertices: ReadonlyMap<string, VertexRecord>;
  readonly checkpoints: CheckpointSource;
  /** Once it has listeners. */
  probe: Probe = {};
  heard: Heard = heardBy([]);
  /** The newest attempt; undefined before the first. */
  attempt: AttemptRecord | undefined;
  readonly #completions: Completions;
  readonly #turns = new TurnJudge(this);
  #lastId: TaskId | undefined;
  #lastTask: TaskRecord | undefined;
  /** Those that have run, by their first attempts. */
  readonly #versions: (Version & { readonly from: number })[] = [];
  /** Of the version of the job that runs the next attempt, if it is another one. */
  #next: Model | undefined;
  /** The version of now is the one before, started anew. */
  #isSame = false;

  constructor(world: WorldView, model: Model, checkpoints: CheckpointSource, options: WitnessOptions) {
    this.world = world;
    this.model = model;
    this.checkpoints = checkpoints;
    this.trace = options.trace;
    this.vertices = verticesOf(model);
    this.#versions.push({ from: 0, model, vertices: this.vertices });
    this.#completions = new Completions(checkpoints, this.heard);
    world.onCommitted((record) => {
      this.#completions.refresh();
      tell(this.heard.committed, record);
    });
  }

  /** Once, before the run. They are called in this order. */
  listen(listeners: readonly WitnessListener[]): void {
    this.heard = heardBy(listeners);
    this.#completions.heard = this.heard;
    const turns = turnProbe(this, this.#turns);
    const handled = joined([this.#ownProbe(), turns, splitProbe(this), ...controlProbes(this)]);
    const relayed = FACT_KINDS.filter((kind) => handled[kind] === undefined);
    this.probe = joined([handled, relayProbe(this, relayed)]);
  }

  /** The turn that runs now, or the last one. */
  get turn(): TurnBuffer {
    return this.#turns.turn;
  }

  /** The version of the job that ran an attempt; undefined before the first. */
  jobOf(attempt: number): JobSpec | undefined {
    return this.#completions.jobOf(attempt);
  }

  /** The newest checkpoint or savepoint that the HA store names. */
  get newest(): CompletedCheckpoint | undefined {
    return this.#completions.newest;
  }

  /** The run ended with a stop-with-savepoint: the cut that is the end of every history. */
  get finalCut(): Cut | undefined {
    return this.#completions.finalCut(this.attempt?.number ?? 0);
  }

  /** The histories with which a run that settled ends. */
  finalInstances(uid: string): readonly Instance[] {
    return (this.finalCut?.vertices.get(uid) ?? this.vertices.get(uid))?.instances() ?? [];
  }

  /** The end of a run that settled. */
  settled(): void {
    this.#completions.refresh();
    tell(this.heard.settled);
  }

  /** A while after the end of a job. `taskManagers`: those that have lived on. */
  hostsReleased(taskManagers: readonly string[]): void {
    tell(this.heard.hostsReleased, taskManagers);
  }

  /** The end of a run that did not settle. */
  stuck(): void {
    this.#completions.refresh();
    tell(this.heard.stuck);
  }

  /** A task of the newest attempt; undefined for a zombie, or for a task that the job does not have. */
  task(id: TaskId): TaskRecord | undefined {
    if (id === this.#lastId) return this.#lastTask;
    const { attempt } = this;
    if (attempt === undefined || id.attempt !== attempt.number) return undefined;
    this.#lastId = id;
    this.#lastTask = attempt.task(id);
    return this.#lastTask;
  }

  /** All processes have been stopped; from the next attempt on it is another version of the job that runs. */
  upgrade(model: Model, fork?: Fork): void {
    this.#completions.refresh();
    this.#next = model;
    this.#isSame = fork?.same ?? false;
    if (fork === undefined) return;
    this.#completions.fork(fork);
    tell(this.heard.forked, fork);
  }

  /** The owner has deleted the savepoint that the job was started from. */
  originalDeleted(metadata: string): void {
    this.#completions.refresh();
    tell(this.heard.originalDeleted, metadata);
  }

  /** The next version of the job cannot start from the newest checkpoint: nobody could take what was in flight then. */
  get losesInFlight(): boolean {
    const base = this.newest?.cut;
    const before = this.#versionOfNewest;
    return base !== undefined && before !== undefined && losesInFlight(base, before.model, this.#next ?? this.model);
  }

  /** It has histories of an operator that the next job does not have, or has as one of another kind. */
  get losesOperators(): boolean {
    const { vertices } = this.#next ?? this.model;
    const before = this.#versionOfNewest?.vertices ?? new Map<string, VertexRecord>();
    return [...(this.newest?.cut?.vertices.keys() ?? [])].some((uid) =>
      vertices.every((vertex) => vertex.uid !== uid || vertex.kind !== before.get(uid)?.kind),
    );
  }

  /** A keyed operator of it has another number of key groups in the next job. */
  get changesKeyGroups(): boolean {
    const { vertices } = this.#next ?? this.model;
    return vertices.some(({ uid, kind, maxParallelism }) => {
      const stored = kind === 'keyed' ? this.newest?.cut?.keyGroupsOf(uid) : undefined;
      return stored !== undefined && maxParallelism(1, stored) !== stored;
    });
  }

  /** The version of the job that took the newest checkpoint. */
  get #versionOfNewest(): Version | undefined {
    const attempt = this.newest?.cut?.attempt ?? 0;
    return this.#versions.findLast(({ from }) => from <= attempt);
  }

  /** More than one version of the job has run. */
  get upgraded(): boolean {
    return this.#versions.length > 1;
  }

  // ---- attempts and checkpoints

  #attemptStarting(fact: Facts['attemptStarting']): void {
    this.#completions.refresh();
    const previous = this.attempt?.number ?? 0;
    tell(this.heard.attemptStarting, fact, this.checkpoints.list(), previous);
    if (fact.attempt <= previous) return;
    this.#turns.turn.open = false;
    if (this.#next !== undefined) this.#startVersion(this.#next, fact.attempt);
    const base = fact.restoredFrom === undefined ? undefined : this.#baseOf(fact.restoredFrom);
    for (const vertex of this.vertices.values()) {
      vertex.parallelism = fact.parallelism.get(vertex.uid) ?? vertex.parallelism;
      // Taken from the own cut, whatever the engine has read: over restarts, rescales and versions it is that of the first state.
      vertex.maxParallelism = vertex.model.maxParallelism(vertex.parallelism, base?.keyGroupsOf(vertex.uid));
      // Of a finished stage nothing runs again, nor of one that has not begun.
      if (fact.stage?.finished.has(vertex.uid) === true) continue;
      vertex.restore(base?.vertices.get(vertex.uid), base?.parallelism.get(vertex.uid) ?? 0);
      if (this.world.flinkCompatibleWatermarks) vertex.forgetWatermarks();
    }
    const attempt = new AttemptRecord(fact, base, this.model, this.vertices, this.attempt);
    attempt.expectAll();
    this.#completions.attemptStarts(attempt);
    this.attempt = attempt;
    this.#lastId = undefined;
  }

  #startVersion(model: Model, from: number): void {
    this.#next = undefined;
    this.model = model;
    this.vertices = verticesOf(model);
    for (const vertex of this.vertices.values()) vertex.isLater = true;
    this.#versions.push({ from, model, vertices: this.vertices });
    tell(this.heard.upgraded);
  }

  /** The cut of a checkpoint; if another version of the job has taken it, as one of this version. */
  #baseOf(checkpoint: number): Cut | undefined {
    const base = this.#completions.cutOf(checkpoint);
    const version = this.#versions.findLast(({ from }) => from <= (base?.attempt ?? 0)) ?? this.#versions[0];
    if (base === undefined || version === undefined || version.model === this.model) return base;
    return upgradedCut(base, version, this, this.#isSame);
  }

  #snapshotTaken(fact: Facts['snapshotTaken']): void {
    const { checkpoint } = fact;
    const task = this.task(fact.task);
    if (task === undefined) return;
    if (task.inTurn) this.#turns.irregular(task, 'unfinished-turn', 'a snapshot is taken in the middle of a turn');
    tell(this.heard.snapshotTaken, task, fact);
    this.attempt?.cutTask(checkpoint, task, task.finishedOnRestore);
    task.snapshot = checkpoint;
    task.sieved = undefined;
  }

  #ownProbe(): Probe {
    return {
      attemptStarting: (fact) => this.#attemptStarting(fact),
      snapshotTaken: (fact) => this.#snapshotTaken(fact),
      snapshotSieved: (fact) => {
        const task = this.task(fact.task);
        if (task === undefined) return;
        tell(this.heard.snapshotSieved, task, fact);
        task.sieved = fact;
      },
      stateDropped: (fact) => {
        const task = this.task(fact.task);
        if (task === undefined) return;
        if (task.inTurn) this.#turns.irregular(task, 'unfinished-turn', 'state is dropped in the middle of a turn');
        // In the engine a state that was asked for has its new type, and its last touch, in all key groups.
        task.vertex.settle(fact.keyGroup, task.place);
        const group = task.vertex.ownGroup(fact.keyGroup);
        const wasExpired = group.drop(fact, fact.now);
        tell(this.heard.stateDropped, task, fact, group.diverged ? undefined : wasExpired);
      },
      jobEnded: (fact) => {
        this.#completions.refresh();
        tell(this.heard.jobEnded, fact);
      },
      checkpointCompleted: (fact) => {
        if (fact.kind === 'savepoint') this.#completions.savepointCompleted(fact);
        else this.#completions.refresh();
        if (fact.attempt === this.attempt?.number) tell(this.heard.checkpointCompleted, fact);
      },
      transactionAborted: (fact) => {
        this.#completions.refresh();
        tell(this.heard.transactionAborted, fact);
      },
      taskOpened: (fact) => {
        const task = this.task(fact.task);
        if (task === undefined) return;
        tell(this.heard.taskOpened, task, fact);
        if (!task.finishedOnRestore) {
          task.vertex.model.opened(task.place);
          if (task.vertex.model.broadcast !== undefined)
            task.vertex.ownSubtask(task.subtask).broadcast?.open(task.place);
        }
        task.opened = true;
      },
      taskFinished: (fact) => {
        const task = this.task(fact.task);
        if (task === undefined) return;
        tell(this.heard.taskFinished, task, fact);
        task.finished = true;
      },
    };
  }
}

function verticesOf(model: Model): ReadonlyMap<string, VertexRecord> {
  return new Map(model.vertices.map((vertex) => [vertex.uid, new VertexRecord(vertex, startOf(model, vertex))]));
}

/** Where a split of the vertex begins that was never read. */
function startOf({ job }: Model, { nodes }: ModelVertex): number {
  const head = job.nodes[nodes[0] ?? -1]?.operator;
  return head?.kind === 'source' ? head.source.startPosition : 0;
}
