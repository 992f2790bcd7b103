/**
 * In-flight data of the restored cut that is due at one task (SEMANTICS W7, "In-flight data at a restore"): which old
 * channels it replays, which of their records are its own, and how far it has come in each. Worked out from the job
 * graph, the witness's own cut and the parallelism of the new attempt; nothing of the engine's is read.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import type { Model } from '../model/types.ts';
import type { Arrival, Channel, Position } from './channel.ts';
import type { Cut } from './cut.ts';
import type { TaskRecord } from './task.ts';
import type { VertexRecord } from './vertex.ts';

export class ReplayedChannel {
  readonly channel: Channel;
  readonly to: Position;
  /** Old parallelism of the senders. */
  readonly senders: number;
  watermarkReceived: Timestamp = MIN_TIMESTAMP;
  readonly #isOwn: (value: unknown) => boolean;
  /** The next one to look at. */
  #record: number;
  #control: number;

  constructor(channel: Channel, from: Position, to: Position, isOwn: (value: unknown) => boolean, senders = 0) {
    this.senders = senders;
    this.channel = channel;
    this.to = to;
    this.#isOwn = isOwn;
    this.#record = from.records;
    this.#control = from.controls;
  }

  /** Sequence number of the next record that is the task's; the end of the part if there is none. */
  get nextRecord(): number {
    while (this.#record < this.to.records && !this.#isOwn(this.channel.values[this.#record])) this.#record++;
    return this.#record;
  }

  get isDone(): boolean {
    return this.nextRecord >= this.to.records && this.#control >= this.to.controls;
  }

  takeRecord(seq: number): void {
    this.#record = Math.max(this.#record, seq + 1);
  }

  takeControl(kind: 'watermark' | 'status', value: number): Arrival {
    const { controls } = this.channel;
    for (let i = this.#control; i < this.to.controls; i++) {
      const control = controls[i];
      if (control?.kind !== kind || control.value !== value) continue;
      const skipped = i > this.#control;
      this.#control = i + 1;
      const inPlace = this.nextRecord >= Math.min(control.after, this.to.records) && !this.#isPast(control.after);
      if (!inPlace) return 'moved';
      return skipped ? 'skipped-others' : 'in-place';
    }
    return 'never-sent';
  }

  /** A record of the task's that was sent behind this place has been taken. */
  #isPast(after: number): boolean {
    for (let seq = after; seq < this.#record; seq++) if (this.#isOwn(this.channel.values[seq])) return true;
    return false;
  }
}

/** Deals the in-flight data of a cut to the tasks of the attempt that restores it. */
export function dealInFlight(
  cut: Cut,
  model: Model,
  vertices: ReadonlyMap<string, VertexRecord>,
  tasks: readonly TaskRecord[],
): void {
  for (const { channel, received, sent } of cut.channels.values()) {
    if (received === undefined || sent === undefined) continue;
    if (received.records >= sent.records && received.controls >= sent.controls) continue;
    const vertex = vertices.get(model.receiver(channel.edge).uid);
    if (vertex === undefined) continue;
    for (const task of tasks) {
      if (task.vertex !== vertex) continue;
      const isOwn = ownerCheck(cut, model, channel, task);
      if (isOwn !== undefined)
        task.replays.push(
          new ReplayedChannel(channel, received, sent, isOwn, cut.parallelism.get(model.sender(channel.edge).uid) ?? 0),
        );
    }
  }
}

/** Which records of the old channel are the task's; undefined: it does not replay the channel at all. */
function ownerCheck(
  cut: Cut,
  model: Model,
  channel: Channel,
  task: TaskRecord,
): ((value: unknown) => boolean) | undefined {
  const partition = model.job.edges[channel.edge]?.partition;
  const { vertex } = task;
  switch (partition?.kind) {
    case 'hash': {
      const oldParallelism = cut.parallelism.get(vertex.uid) ?? vertex.parallelism;
      const overlaps = ownedBy(model, vertex, oldParallelism, channel.receiver).some(
        (group) => group >= task.firstGroup && group <= task.lastGroup,
      );
      if (!overlaps) return undefined;
      if (oldParallelism === vertex.parallelism) return () => true;
      return (value) => {
        const group = vertex.model.keyGroupOf(channel.edge, value, vertex.maxParallelism);
        return group >= task.firstGroup && group <= task.lastGroup;
      };
    }
    case 'rebalance':
    case 'shuffle':
      return channel.receiver % vertex.parallelism === task.subtask ? () => true : undefined;
    case 'custom':
      // The same receivers as before: each gets back its own channels, with their control elements, and no others.
      if ((cut.parallelism.get(vertex.uid) ?? vertex.parallelism) === vertex.parallelism) {
        return channel.receiver === task.subtask ? () => true : undefined;
      }
      return (value) => partition.partition(value, vertex.parallelism) === task.subtask;
    default:
      // Pointwise and broadcast edges never have any: law `channel-state`.
      return undefined;
  }
}

function ownedBy(model: Model, vertex: VertexRecord, parallelism: number, subtask: number): number[] {
  const groups: number[] = [];
  for (let group = 0; group < vertex.maxParallelism; group++) {
    if (model.ownerOf(group, parallelism, vertex.maxParallelism) === subtask) groups.push(group);
  }
  return groups;
}
