/**
 * An attempt: its tasks, its channels, and the cuts that its checkpoints make through the histories.
 */
import type { ChannelId, Facts, TaskId } from '../../core/facts.ts';
import type { Model } from '../model/types.ts';
import { Channel, channelKey } from './channel.ts';
import { TaskRecord } from './task.ts';
import { VertexCut, type VertexRecord } from './vertex.ts';

/** Every task's part of one checkpoint of one attempt. */
export class Cut {
  readonly checkpoint: number;
  readonly attempt: number;
  readonly vertices = new Map<string, VertexCut>();

  constructor(checkpoint: number, attempt: number) {
    this.checkpoint = checkpoint;
    this.attempt = attempt;
  }
}

export class Attempt {
  readonly number: number;
  readonly restoredFrom: number | undefined;
  /** The cut that it goes on from; undefined: from the beginning. */
  readonly base: Cut | undefined;
  readonly cuts = new Map<number, Cut>();
  readonly #model: Model;
  readonly #vertices: ReadonlyMap<string, VertexRecord>;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #taskOf = new Map<TaskId, TaskRecord>();
  readonly #channels = new Map<string, Channel>();
  readonly #channelOf = new Map<ChannelId, Channel>();

  constructor(
    fact: Facts['attemptStarting'],
    base: Cut | undefined,
    model: Model,
    vertices: ReadonlyMap<string, VertexRecord>,
  ) {
    this.number = fact.attempt;
    this.restoredFrom = fact.restoredFrom;
    this.base = base;
    this.#model = model;
    this.#vertices = vertices;
  }

  /** By identity, and if a fact comes with another object for the same task, by name. Undefined: the job has no such task. */
  task(id: TaskId): TaskRecord | undefined {
    let task = this.#taskOf.get(id);
    if (task === undefined) {
      task = this.taskNamed(id);
      if (task !== undefined) this.#taskOf.set(id, task);
    }
    return task;
  }

  channel(id: ChannelId): Channel {
    let channel = this.#channelOf.get(id);
    if (channel === undefined) {
      channel = this.channelNamed(id);
      this.#channelOf.set(id, channel);
    }
    return channel;
  }

  tasks(): Iterable<TaskRecord> {
    return this.#tasks.values();
  }

  /** Makes the record of every task of the job. */
  expectAll(): void {
    for (const vertex of this.#vertices.values()) {
      for (let subtask = 0; subtask < vertex.parallelism; subtask++) {
        this.taskNamed({ vertex: vertex.uid, subtask, attempt: this.number });
      }
    }
  }

  cut(checkpoint: number): Cut {
    let cut = this.cuts.get(checkpoint);
    if (cut === undefined) {
      cut = new Cut(checkpoint, this.number);
      for (const uid of this.#vertices.keys()) cut.vertices.set(uid, new VertexCut(this.base?.vertices.get(uid)));
      this.cuts.set(checkpoint, cut);
    }
    return cut;
  }

  /** The task's histories as they are now are its part of the checkpoint. */
  cutTask(checkpoint: number, task: TaskRecord): void {
    const vertexCut = this.cut(checkpoint).vertices.get(task.vertex.uid);
    if (vertexCut !== undefined) task.cutInto(vertexCut);
  }

  private taskNamed(id: TaskId): TaskRecord | undefined {
    const name = `${id.vertex}/${id.subtask}`;
    const known = this.#tasks.get(name);
    if (known !== undefined) return known;
    const vertex = this.#vertices.get(id.vertex);
    if (vertex === undefined || id.subtask >= vertex.parallelism) return undefined;
    const task = new TaskRecord(id, vertex, this.groupsOf(vertex, id.subtask), {
      inputs: vertex.model.inEdges.flatMap((edge) => this.inputs(edge, id.subtask)),
      outputs: vertex.model.outEdges.flatMap((edge) => this.outputs(edge, id.subtask)),
    });
    this.#tasks.set(name, task);
    return task;
  }

  private groupsOf(vertex: VertexRecord, subtask: number): { readonly first: number; readonly last: number } {
    const range = { first: 0, last: -1 };
    if (vertex.kind !== 'keyed') return range;
    for (let group = 0; group < vertex.maxParallelism; group++) {
      if (this.#model.ownerOf(group, vertex.parallelism, vertex.maxParallelism) !== subtask) continue;
      if (range.last < 0) range.first = group;
      range.last = group;
    }
    return range;
  }

  private inputs(edge: number, receiver: number): Channel[] {
    const senders = this.parallelismOf(this.#model.sender(edge).uid);
    const joined = (sender: number): boolean => this.#model.joins(edge, sender, senders, receiver, this.parallelismOf(this.#model.receiver(edge).uid));
    return this.between(senders, joined, (sender) => ({ edge, attempt: this.number, sender, receiver }));
  }
  private outputs(edge: number, sender: number): Channel[] {
    const receivers = this.parallelismOf(this.#model.receiver(edge).uid);
    const joined = (receiver: number): boolean => this.#model.joins(edge, sender, this.parallelismOf(this.#model.sender(edge).uid), receiver, receivers);
    return this.between(receivers, joined, (receiver) => ({ edge, attempt: this.number, sender, receiver }));
  }
  private between(others: number, joined: (other: number) => boolean, id: (other: number) => ChannelId): Channel[] {
    const channels: Channel[] = [];
    for (let other = 0; other < others; other++) {
      if (joined(other)) channels.push(this.channelNamed(id(other)));
    }
    return channels;
  }
  private parallelismOf(uid: string): number {
    return this.#vertices.get(uid)?.parallelism ?? 1;
  }

  private channelNamed(id: ChannelId): Channel {
    const key = channelKey(id);
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = new Channel(id);
      this.#channels.set(key, channel);
    }
    return channel;
  }
}
