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
import type { Facts, Probe, TaskId } from '../../core/facts.ts';
import type { WorldView } from '../world.ts';
import type { Model, ModelBroadcast, ModelInstance, ModelTurn, ModelVertex } from '../model/types.ts';
import { Attempt } from './attempt.ts';
import type { CheckpointSource, CompletedCheckpoint } from './checkpoints.ts';
import { Completions } from './completions.ts';
import { controlProbe } from './control-facts.ts';
import { splitProbe } from './split-facts.ts';
import type { Cut } from './cut.ts';
import { type Heard, heardBy } from './heard.ts';
import type { Cause } from './cause.ts';
import { tally } from './history.ts';
import type { Instance } from './instance.ts';
import type { WitnessListener } from './listener.ts';
import type { TaskRecord } from './task.ts';
import { EffectBuffer, TurnBuffer } from './turn.ts';
import { VertexRecord } from './vertex.ts';

export interface WitnessOptions {
  /** Keep what evidence needs to name its chain of records; costs memory in proportion to the run. */
  readonly trace: boolean;
}

const NO_EFFECTS = new EffectBuffer();
const NO_TURN: ModelTurn = {
  sends: [],
  sinkWrites: [],
  fired: [],
  late: 'no',
  added: [],
  panes: [],
  mismatch: undefined,
};

export class Witness {
  readonly world: WorldView;
  readonly model: Model;
  readonly trace: boolean;
  readonly vertices: ReadonlyMap<string, VertexRecord>;
  readonly checkpoints: CheckpointSource;
  readonly probe: Probe;
  /** The newest attempt; undefined before the first. */
  attempt: Attempt | undefined;
  /** How the job ended. */
  ended: Facts['jobEnded'] | undefined;
  readonly turn = new TurnBuffer();

  readonly #completions: Completions;
  heard: Heard = heardBy([]);
  #lastId: TaskId | undefined;
  #lastTask: TaskRecord | undefined;

  constructor(world: WorldView, model: Model, checkpoints: CheckpointSource, options: WitnessOptions) {
    this.world = world;
    this.model = model;
    this.checkpoints = checkpoints;
    this.trace = options.trace;
    this.vertices = new Map(
      model.vertices.map((vertex) => [vertex.uid, new VertexRecord(vertex, startOf(model, vertex))]),
    );
    this.#completions = new Completions(checkpoints, this.heard);
    this.probe = this.#probe();
    world.onCommitted((record) => {
      this.#completions.refresh();
      for (const hear of this.heard.committed) hear(record);
    });
  }

  /** Once, before the run. They are called in this order. */
  listen(listeners: readonly WitnessListener[]): void {
    this.heard = heardBy(listeners);
    this.#completions.heard = this.heard;
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
    for (const hear of this.heard.settled) hear();
  }

  /** The end of a run that did not settle. */
  stuck(): void {
    this.#completions.refresh();
    for (const hear of this.heard.stuck) hear();
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

  // ---- attempts and checkpoints

  #attemptStarting(fact: Facts['attemptStarting']): void {
    this.#completions.refresh();
    const previous = this.attempt?.number ?? 0;
    for (const hear of this.heard.attemptStarting) hear(fact, this.checkpoints.list(), previous);
    if (fact.attempt <= previous) return;
    this.turn.open = false;
    const base = fact.restoredFrom === undefined ? undefined : this.#completions.cutOf(fact.restoredFrom);
    for (const vertex of this.vertices.values()) {
      vertex.parallelism = fact.parallelism.get(vertex.uid) ?? vertex.parallelism;
      // The number of key groups is fixed when a job starts; rescaling never changes it.
      if (this.attempt === undefined) vertex.maxParallelism = vertex.model.maxParallelism(vertex.parallelism);
      vertex.restore(base?.vertices.get(vertex.uid), base?.parallelism.get(vertex.uid) ?? 0);
    }
    const attempt = new Attempt(fact, base, this.model, this.vertices);
    attempt.expectAll();
    this.#completions.attemptStarts(attempt);
    this.attempt = attempt;
    this.#lastId = undefined;
  }

  #snapshotTaken(fact: Facts['snapshotTaken']): void {
    const { checkpoint } = fact;
    const task = this.task(fact.task);
    if (task === undefined) return;
    if (task.inTurn) this.#irregular(task, 'unfinished-turn', 'a snapshot is taken in the middle of a turn');
    for (const hear of this.heard.snapshotTaken) hear(task, fact);
    this.attempt?.cutTask(checkpoint, task, task.finishedOnRestore);
    task.snapshot = checkpoint;
  }

  // ---- turns

  #begin(kind: TurnBuffer['kind'], task: TaskRecord): TurnBuffer {
    const { turn } = this;
    if (task.inTurn) this.#irregular(task, 'unfinished-turn', 'a turn begins before the last one has ended');
    turn.begin(kind, task);
    task.inTurn = true;
    return turn;
  }

  #sourceRecord(fact: Facts['sourceRecord']): void {
    const task = this.task(fact.task);
    if (task === undefined) return;
    for (const hear of this.heard.sourceRecord) hear(task, fact);
    const turn = this.#begin('source', task);
    turn.source = fact;
    if (this.trace) turn.cause = { what: `${fact.split}@${fact.offset}`, because: undefined };
  }

  #recordProcessed(fact: Facts['recordProcessed']): void {
    const task = this.task(fact.task);
    if (task === undefined || this.attempt === undefined) return;
    const channel = this.attempt.channel(fact.channel);
    const isOwn = channel.attempt === task.id.attempt;
    const replay = isOwn ? undefined : task.replayOf(channel);
    for (const hear of this.heard.received) hear(task, channel, fact, replay);
    if (isOwn) channel.received = fact.seq + 1;
    else replay?.takeRecord(fact.seq);
    const turn = this.#begin('record', task);
    turn.record = fact;
    turn.channel = channel;
    if (this.trace) turn.cause = this.#cause(task, channel.causes[fact.seq], '');
  }

  #watermarkAdvanced({ task: id, watermark }: Facts['watermarkAdvanced']): void {
    const task = this.task(id);
    if (task === undefined) return;
    for (const hear of this.heard.watermarkAdvanced) hear(task, watermark);
    const turn = this.#begin('advance', task);
    turn.watermarkBefore = task.watermark;
    turn.watermark = watermark;
    task.watermark = watermark;
  }

  #processingTimerFired(fact: Facts['processingTimerFired']): void {
    const task = this.task(fact.task);
    if (task === undefined) return;
    const turn = this.#begin('timer', task);
    turn.timer = fact;
    if (this.trace) turn.cause = this.#timerCause(task, fact.keyGroup, fact.timestamp);
  }

  #eventTimerFired(fact: Facts['eventTimerFired']): void {
    const task = this.task(fact.task);
    if (task === undefined || !this.#inTurn(task, 'an event-time timer fired')) return;
    if (this.turn.kind !== 'advance') {
      this.#irregular(task, 'stray-effect', 'an event-time timer fired in a turn that is no advance of the watermark');
    }
    this.turn.fire(fact);
    if (this.trace) this.turn.cause = this.#timerCause(task, fact.keyGroup, fact.timestamp);
  }

  #sent(fact: Facts['sent']): void {
    const task = this.task(fact.task);
    if (task === undefined || this.attempt === undefined) return;
    const channel = this.attempt.channel(fact.channel);
    for (const hear of this.heard.sent) hear(task, channel, fact);
    channel.send(fact.value, fact.timestamp, this.turn.cause);
    if (this.#inTurn(task, 'a record was sent')) this.turn.effects.sends.push(fact);
  }

  #sinkWritten(fact: Facts['sinkWritten']): void {
    for (const hear of this.heard.written) hear(fact);
    const task = this.task(fact.task);
    if (task !== undefined && this.#inTurn(task, 'a sink was written to')) this.turn.effects.writes.push(fact);
  }

  #turnEnded({ task: id }: Facts['turnEnded']): void {
    const task = this.task(id);
    if (task === undefined || !this.#inTurn(task, 'a turn ended')) return;
    this.turn.open = false;
    task.inTurn = false;
    switch (this.turn.kind) {
      case 'source':
        return this.#endSource(task);
      case 'record':
        return this.#endRecord(task);
      case 'timer':
        return this.#endTimer(task);
      case 'advance':
        return this.#endAdvance(task);
    }
  }

  #endSource(task: TaskRecord): void {
    const { turn } = this;
    const fact = turn.source;
    if (fact === undefined) return;
    const instance = task.vertex.ownSplit(fact.split);
    const expected = task.vertex.model.sourceRecord(fact.value);
    turn.sourceTimestamp = expected.timestamp;
    this.#judge(task, instance, undefined, expected);
    instance.offset = fact.offset + 1;
    instance.maxTimestamp = Math.max(instance.maxTimestamp, fact.timestamp);
  }

  #endRecord(task: TaskRecord): void {
    const { turn } = this;
    const { record, channel } = turn;
    if (record === undefined || channel === undefined) return;
    const { vertex } = task;
    let instance: Instance;
    if (vertex.kind === 'keyed' && !vertex.model.isBroadcastTurn(channel.edge)) {
      const keyGroup = vertex.model.keyGroupOf(channel.edge, record.value, vertex.maxParallelism);
      instance = vertex.ownGroup(keyGroup);
      turn.effBefore = turn.eff = task.effective(keyGroup);
      const expected =
        instance.model?.record(
          channel.edge,
          record.value,
          record.timestamp,
          turn.eff,
          turn.effects,
          this.#broadcastAt(task),
        ) ?? NO_TURN;
      this.#judge(task, instance, keyGroup, expected);
    } else {
      instance = vertex.ownSubtask(task.subtask);
      const expected =
        instance.broadcast?.record(channel.edge, record.value, record.timestamp, turn.effects, () =>
          this.#ownGroups(task),
        ) ?? vertex.model.record(channel.edge, record.value, record.timestamp);
      this.#judge(task, instance, undefined, expected);
    }
    const at = vertex.receptionTally[channel.edge];
    if (at !== undefined) tally(instance.tallies, at, channel, record.seq);
    if (this.trace) instance.receptions = { channel, seq: record.seq, before: instance.receptions };
  }

  /** The broadcast state that a turn of a key group reads: that of the subtask at which it is. */
  #broadcastAt({ vertex, subtask }: TaskRecord): ModelBroadcast | undefined {
    return vertex.model.broadcast === undefined ? undefined : vertex.subtask(subtask).broadcast;
  }

  /** For a broadcast element that visits keyed state, and so takes part in the histories of the key groups. */
  #ownGroups({ vertex, firstGroup, lastGroup }: TaskRecord): readonly ModelInstance[] {
    const instances: ModelInstance[] = [];
    for (let group = firstGroup; group <= lastGroup; group++) {
      const model = vertex.groups[group] === undefined ? undefined : vertex.ownGroup(group).model;
      if (model !== undefined) instances.push(model);
    }
    return instances;
  }

  #endTimer(task: TaskRecord): void {
    const { turn } = this;
    const { timer } = turn;
    if (timer === undefined || task.vertex.kind !== 'keyed') return;
    const instance = task.vertex.ownGroup(timer.keyGroup);
    turn.effBefore = turn.eff = task.effective(timer.keyGroup);
    const { timestamp, key, namespace } = timer;
    const firing = { domain: 'processing', timestamp, key, namespace } as const;
    const expected =
      instance.model?.processingTimer(firing, turn.eff, turn.effects, this.#broadcastAt(task)) ?? NO_TURN;
    this.#judge(task, instance, timer.keyGroup, expected);
  }

  /** One judged turn for each key group whose effective watermark rose over a timer, or that did something. */
  #endAdvance(task: TaskRecord): void {
    const { turn } = this;
    if (!turn.stray.isEmpty) {
      this.#irregular(task, 'stray-effect', 'an advance of the watermark had an effect before any timer fired');
    }
    const { groups } = task.vertex;
    const fired = turn.byGroup.size > 0;
    for (let group = task.firstGroup; group <= task.lastGroup; group++) {
      if (fired || groups[group] !== undefined) this.#advanceGroup(task, group);
    }
    for (const hear of this.heard.fired) hear(task, turn.firings);
    for (const group of turn.byGroup.keys()) {
      if (group >= task.firstGroup && group <= task.lastGroup) continue;
      this.#irregular(task, 'stray-effect', `a timer of key group ${group}, which the task does not own, fired`);
    }
  }

  #advanceGroup(task: TaskRecord, group: number): void {
    const { turn } = this;
    const { vertex } = task;
    const done = turn.byGroup.get(group);
    const known = vertex.groups[group];
    const floor = vertex.floorOf(group);
    turn.effBefore = Math.max(turn.watermarkBefore, floor);
    turn.eff = Math.max(turn.watermark, floor);
    const next = turn.eff > turn.effBefore ? known?.model?.nextEventTimer() : undefined;
    const due = next !== undefined && next <= turn.eff;
    if (done === undefined && !due) return;
    const instance = vertex.ownGroup(group);
    turn.effects = done ?? NO_EFFECTS;
    if (this.trace) turn.cause = this.#timerCause(task, group, turn.eff);
    const expected = due ? instance.model?.advance(turn.eff, turn.effects, this.#broadcastAt(task)) : undefined;
    this.#judge(task, instance, group, expected ?? NO_TURN);
  }

  /** The laws judge the turn, then it enters the history. */
  #judge(task: TaskRecord, instance: Instance, keyGroup: number | undefined, expected: ModelTurn): void {
    const { turn } = this;
    turn.judged(instance, keyGroup, expected);
    if (!instance.diverged) for (const hear of this.heard.turn) hear(turn);
    const { sends, writes } = turn.effects;
    for (const sent of sends) {
      const at = task.vertex.sendTally[sent.channel.edge];
      const channel = this.attempt?.channel(sent.channel);
      if (at === undefined || channel === undefined) continue;
      tally(instance.tallies, at, channel, sent.seq);
      if (this.trace) instance.sends = { channel, seq: sent.seq, before: instance.sends };
    }
    for (const { sink, value } of writes) {
      instance.writes = { sink, value, cause: turn.cause, before: instance.writes };
    }
    instance.turns++;
    instance.eff = turn.eff;
    if (this.trace) instance.lastCause = turn.cause;
  }

  // ---- helpers

  #inTurn(task: TaskRecord, what: string): boolean {
    if (this.turn.isOpenFor === task) return true;
    this.#irregular(task, 'stray-effect', `${what} outside any turn of the task`);
    return false;
  }

  #irregular(task: TaskRecord, anomaly: 'stray-effect' | 'unfinished-turn', what: string): void {
    for (const hear of this.heard.irregular) hear(task, anomaly, what);
  }

  #cause(task: TaskRecord, because: Cause | undefined, doing: string): Cause {
    return { what: `${task.name} attempt ${task.id.attempt}${doing}`, because };
  }
  #timerCause(task: TaskRecord, keyGroup: number, timestamp: number): Cause {
    return this.#cause(task, task.vertex.groups[keyGroup]?.lastCause, ` timer ${timestamp}`);
  }

  // ---- facts that only need their task

  #probe(): Probe {
    return {
      attemptStarting: (fact) => this.#attemptStarting(fact),
      jobEnded: (fact) => {
        this.#completions.refresh();
        this.ended = fact;
        for (const hear of this.heard.jobEnded) hear(fact);
      },
      checkpointCompleted: (fact) => {
        if (fact.kind === 'savepoint') this.#completions.savepointCompleted(fact);
        else this.#completions.refresh();
        if (fact.attempt === this.attempt?.number) for (const hear of this.heard.checkpointCompleted) hear(fact);
      },
      taskOpened: (fact) => {
        const task = this.task(fact.task);
        if (task === undefined) return;
        for (const hear of this.heard.taskOpened) hear(task, fact);
        task.opened = true;
      },
      taskFinished: (fact) => {
        const task = this.task(fact.task);
        if (task === undefined) return;
        for (const hear of this.heard.taskFinished) hear(task);
        task.finished = true;
      },
      sourceRecord: (fact) => this.#sourceRecord(fact),
      recordProcessed: (fact) => this.#recordProcessed(fact),
      watermarkAdvanced: (fact) => this.#watermarkAdvanced(fact),
      processingTimerFired: (fact) => this.#processingTimerFired(fact),
      eventTimerFired: (fact) => this.#eventTimerFired(fact),
      turnEnded: (fact) => this.#turnEnded(fact),
      sent: (fact) => this.#sent(fact),
      sinkWritten: (fact) => this.#sinkWritten(fact),
      snapshotTaken: (fact) => this.#snapshotTaken(fact),
      transactionPrepared: (fact) => {
        for (const hear of this.heard.transactionPrepared) hear(fact);
      },
      transactionAborted: (fact) => {
        this.#completions.refresh();
        for (const hear of this.heard.transactionAborted) hear(fact);
      },
      ...this.#tapeProbe(),
      ...splitProbe(this),
      ...controlProbe(this),
    };
  }

  /** What a turn reads, and what its operator says of it: kept until the turn ends. */
  #tapeProbe(): Probe {
    const keep = (id: TaskId, what: string): EffectBuffer | undefined => {
      const task = this.task(id);
      return task !== undefined && this.#inTurn(task, what) ? this.turn.effects : undefined;
    };
    return {
      clockRead: (fact) => keep(fact.task, 'the clock was read')?.clock.push(fact.now),
      randomDrawn: (fact) => keep(fact.task, 'a number was drawn')?.random.push(fact),
      recordLate: (fact) => keep(fact.task, 'a record was late')?.late.push(fact),
      windowAdded: (fact) => keep(fact.task, 'a window took a record')?.added.push(fact),
      paneFired: (fact) => keep(fact.task, 'a pane fired')?.panes.push(fact),
    };
  }
}

/** Where a split of the vertex begins that was never read. */
function startOf({ job }: Model, { nodes }: ModelVertex): number {
  const head = job.nodes[nodes[0] ?? -1]?.operator;
  return head?.kind === 'source' ? head.source.startPosition : 0;
}
