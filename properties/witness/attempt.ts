/**
 * An attempt: its tasks, its channels, and the cuts that its checkpoints make through the histories (`cut.ts`).
 */
import type { CheckpointKind } from '../../core/barrier-options.ts';
import type { ChannelId, Facts, StartedStage, TaskId } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { Model } from '../model/types.ts';
import { ChannelRecord, channelKey } from './channel.ts';
import { Cut } from './cut.ts';
import { assignInFlight } from './replay.ts';
import { TaskRecord } from './task.ts';
import type { VertexRecord } from './vertex.ts';

export class AttemptRecord {
  readonly number: number;
  readonly restoredFrom: number | undefined;
  /** The cut that it goes on from; undefined: from the beginning. */
  readonly base: Cut | undefined;
  /** In batch: the stage that it runs. */
  readonly stage: StartedStage | undefined;
  readonly cuts = new Map<number, Cut>();
  /** By checkpoint, as far as it has begun one. */
  readonly kinds = new Map<number, CheckpointKind>();
  readonly #model: Model;
  readonly #vertices: ReadonlyMap<string, VertexRecord>;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #taskOf = new Map<TaskId, TaskRecord>();
  readonly #channels = new Map<string, ChannelRecord>();
  readonly #channelOf = new Map<ChannelId, ChannelRecord>();

  constructor(
    fact: Facts['attemptStarting'],
    base: Cut | undefined,
    model: Model,
    vertices: ReadonlyMap<string, VertexRecord>,
    before?: AttemptRecord,
  ) {
    this.number = fact.attempt;
    this.stage = fact.stage;
    this.restoredFrom = fact.restoredFrom;
    this.base = base;
    this.#model = model;
    this.#vertices = vertices;
    // What finished stages have sent is read by later attempts.
    if (fact.stage === undefined || before === undefined) return;
    for (const [key, channel] of before.#channels) this.#channels.set(key, channel);
  }

  /** The version of the job that it runs. */
  get job(): JobSpec {
    return this.#model.job;
  }

  /** By identity, and if a fact comes with another object for the same task, by name. Undefined: the job has no such task. */
  task(id: TaskId): TaskRecord | undefined {
    let task = this.#taskOf.get(id);
    if (task === undefined) {
      task = this.#taskNamed(id);
      if (task !== undefined) this.#taskOf.set(id, task);
    }
    return task;
  }

  channel(id: ChannelId): ChannelRecord {
    let channel = this.#channelOf.get(id);
    if (channel === undefined) {
      channel = this.#channelNamed(id);
      this.#channelOf.set(id, channel);
    }
    return channel;
  }

  /** Whose channels feed an edge: those of this attempt, in batch those of the one that ran the finished stage; 0: of none. */
  attemptOf(edge: number): number {
    if (this.stage === undefined) return this.number;
    return this.stage.finished.get(this.#model.sender(edge).uid) ?? 0;
  }

  tasks(): Iterable<TaskRecord> {
    return this.#tasks.values();
  }

  /** Makes the record of every task of the job, and distributes the in-flight data of the restored cut. */
  expectAll(): void {
    for (const vertex of this.#vertices.values()) {
      if (this.stage !== undefined && this.stage.vertex !== vertex.uid) continue;
      for (let subtask = 0; subtask < vertex.parallelism; subtask++) {
        this.#taskNamed({ vertex: vertex.uid, subtask, attempt: this.number });
      }
    }
    if (this.stage !== undefined)
      for (const task of this.#tasks.values()) for (const input of task.inputs) input.readAgain();
    if (this.base !== undefined) assignInFlight(this.base, this.#model, this.#vertices, [...this.tasks()]);
  }

  /** A drain has begun: event time may end before the splits do. */
  get drains(): boolean {
    for (const kind of this.kinds.values()) if (kind === 'drain') return true;
    return false;
  }

  cut(checkpoint: number): Cut {
    let cut = this.cuts.get(checkpoint);
    if (cut === undefined) {
      cut = new Cut(checkpoint, this.number, this.base, this.#vertices.values());
      this.cuts.set(checkpoint, cut);
    }
    return cut;
  }

  /** The task's histories as they are now are its part of the checkpoint. */
  cutTask(checkpoint: number, task: TaskRecord, finished: boolean): void {
    task.cutInto(this.cut(checkpoint), finished);
  }

  #taskNamed(id: TaskId): TaskRecord | undefined {
    const name = `${id.vertex}/${id.subtask}`;
    const known = this.#tasks.get(name);
    if (known !== undefined) return known;
    const vertex = this.#vertices.get(id.vertex);
    if (vertex === undefined || id.subtask >= vertex.parallelism) return undefined;
    const task = new TaskRecord(id, vertex, this.#groupsOf(vertex, id.subtask), {
      inputs: vertex.model.inEdges.flatMap((edge) => this.#inputs(edge, id.subtask)),
      outputs: vertex.model.outEdges.flatMap((edge) => this.#outputs(edge, id.subtask)),
    });
    this.#tasks.set(name, task);
    return task;
  }

  #groupsOf(vertex: VertexRecord, subtask: number): { readonly first: number; readonly last: number } {
    const range = { first: 0, last: -1 };
    if (vertex.kind !== 'keyed') return range;
    for (let group = 0; group < vertex.maxParallelism; group++) {
      if (this.#model.ownerOf(group, vertex.parallelism, vertex.maxParallelism) !== subtask) continue;
      if (range.last < 0) range.first = group;
      range.last = group;
    }
    return range;
  }

  #inputs(edge: number, receiver: number): ChannelRecord[] {
    const senders = this.#parallelismOf(this.#model.sender(edge).uid);
    const joined = (sender: number): boolean =>
      this.#model.joins(edge, sender, senders, receiver, this.#parallelismOf(this.#model.receiver(edge).uid));
    return this.#between(senders, joined, (sender) => ({
      edge,
      attempt: this.attemptOf(edge),
      sender,
      receiver,
    }));
  }
  #outputs(edge: number, sender: number): ChannelRecord[] {
    const receivers = this.#parallelismOf(this.#model.receiver(edge).uid);
    const joined = (receiver: number): boolean =>
      this.#model.joins(edge, sender, this.#parallelismOf(this.#model.sender(edge).uid), receiver, receivers);
    return this.#between(receivers, joined, (receiver) => ({ edge, attempt: this.number, sender, receiver }));
  }
  #between(others: number, joined: (other: number) => boolean, id: (other: number) => ChannelId): ChannelRecord[] {
    const channels: ChannelRecord[] = [];
    for (let other = 0; other < others; other++) {
      if (joined(other)) channels.push(this.#channelNamed(id(other)));
    }
    return channels;
  }
  #parallelismOf(uid: string): number {
    return this.#vertices.get(uid)?.parallelism ?? 1;
  }

  #channelNamed(id: ChannelId): ChannelRecord {
    const key = channelKey(id);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      // In-flight data of the restored cut keeps the channel on which it was sent.
      channel = this.base?.channels.get(key)?.channel ?? new ChannelRecord(id, key);
      this.#channels.set(key, channel);
    }
    return channel;
  }
}
