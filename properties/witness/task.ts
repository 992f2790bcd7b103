/**
 * A task of the current attempt, as the witness knows it from the task's facts.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { Facts, TaskId } from '../../core/facts.ts';
import type { Place, Tape } from '../model/types.ts';
import type { ChannelRecord } from './channel.ts';
import type { Cut } from './cut.ts';
import type { Instance } from './instance.ts';
import type { ReplayedChannel } from './replayed-channel.ts';
import type { VertexRecord } from './vertex.ts';

export class TaskRecord {
  readonly id: TaskId;
  readonly vertex: VertexRecord;
  readonly subtask: number;
  /** "window[1]": for messages, and for laws that keep something by name. */
  readonly name: string;
  /** What its functions are told when they are opened. */
  readonly place: Place;
  /** That of a turn that reads nothing. */
  readonly emptyTape: Tape;
  /** Every channel that the job graph gives it. */
  readonly inputs: readonly ChannelRecord[];
  readonly outputs: readonly ChannelRecord[];
  /** The key groups that are its own by the formula; empty (end < start) without a keyed head. */
  readonly firstGroup: number;
  readonly lastGroup: number;
  /** SEMANTICS W1: the task's own watermark in this attempt. */
  watermark: Timestamp = MIN_TIMESTAMP;
  watermarkSent: Timestamp = MIN_TIMESTAMP;
  /** Batch: event time has ended for the key that is current. */
  endsKey = false;
  /** Splits that it was given, in order. */
  readonly splits: string[] = [];
  readonly finishedSplits = new Set<string>();
  /** Those that are idle. */
  readonly idleSplits = new Set<string>();
  /** See `Place`. */
  readonly touches = new Map<string, Timestamp>();
  /** The last watermark of each split in this attempt. */
  readonly generated = new Map<string, Timestamp>();
  /** The newest checkpoint that it has taken; 0 if none. */
  snapshot = 0;
  /** What the snapshot that comes next leaves out. */
  sieved: Facts['snapshotSieved'] | undefined;
  opened = false;
  /** Its last turn has not ended: the task was killed in it, or it never says so. */
  inTurn = false;
  finished = false;
  /** All subtasks of its vertex had finished in the restored checkpoint: it runs no user code and has no turns. */
  readonly finishedOnRestore: boolean;
  /** The last status that it sent. */
  idleSent = false;
  /** The newest checkpoint of which it knows: by a barrier, an announcement or a cancel marker, or by a trigger. */
  known = 0;
  /** The newest checkpoint of which a barrier has come here, or that was triggered here, while nothing newer was known. */
  seen = 0;
  /** The newest checkpoint of which a barrier or a cancel marker has gone out. */
  forwarded = 0;
  /** In-flight data of the restored cut that is due here; none any more once the replay has ended. */
  replays: ReplayedChannel[] = [];

  constructor(
    id: TaskId,
    vertex: VertexRecord,
    groups: { readonly first: number; readonly last: number },
    channels: { readonly inputs: readonly ChannelRecord[]; readonly outputs: readonly ChannelRecord[] },
  ) {
    this.id = id;
    this.vertex = vertex;
    this.subtask = id.subtask;
    this.name = `${vertex.uid}[${id.subtask}]`;
    this.place = { attempt: id.attempt, subtask: id.subtask, parallelism: vertex.parallelism, touches: this.touches };
    this.emptyTape = { clock: [], random: [], cleaned: [], place: this.place };
    this.firstGroup = groups.first;
    this.lastGroup = groups.last;
    this.inputs = channels.inputs;
    this.outputs = channels.outputs;
    this.finishedOnRestore = vertex.finishedOnRestore;
  }

  /** A barrier or a trigger of the checkpoint has come. */
  sees(checkpoint: number): void {
    if (checkpoint >= this.known) this.seen = checkpoint;
    this.knows(checkpoint);
  }

  knows(checkpoint: number): void {
    this.known = Math.max(this.known, checkpoint);
  }

  /** The effective watermark of a key group (SEMANTICS W1). */
  effective(keyGroup: number): Timestamp {
    if (this.endsKey) return MAX_TIMESTAMP;
    return Math.max(this.watermark, this.vertex.floorOf(keyGroup));
  }

  /** The old channel as the task replays it; undefined: it is not due here. */
  replayOf(channel: ChannelRecord): ReplayedChannel | undefined {
    return this.replays.find((replay) => replay.channel === channel);
  }

  /** What it holds is what a snapshot with clean-up leaves of it; the task itself goes on with all of it. */
  #snapshotOf(group: Instance | undefined): Instance | undefined {
    group?.freeze();
    return this.sieved === undefined ? group : group?.sieved(this.sieved.states, this.sieved.now);
  }

  /** Puts the task's histories as they are now, and its place in its channels, into the cut. */
  cutInto(cut: Cut, finished: boolean): void {
    const { vertex } = this;
    const part = cut.vertices.get(vertex.uid);
    if (part === undefined) return;
    part.subtasks.add(this.subtask);
    for (let group = this.firstGroup; group <= this.lastGroup; group++) {
      vertex.settle(group, this.place);
      part.groups[group] = this.#snapshotOf(vertex.groups[group]);
      part.effs[group] = this.effective(group);
      if (finished) part.finishedGroups.push(group);
    }
    for (const split of this.splits) {
      const instance = vertex.splits.get(split);
      if (instance !== undefined) part.splits.set(split, instance.freeze());
      if (finished) part.doneSplits.add(split);
    }
    if (finished) part.finished.add(this.subtask);
    const stateless =
      vertex.model.broadcast === undefined ? vertex.stateless[this.subtask] : vertex.subtask(this.subtask);
    if (stateless !== undefined) part.stateless.push(stateless.freeze());
    if (stateless?.broadcast !== undefined && !finished) part.broadcast[this.subtask] = stateless;
    for (const channel of this.inputs) cut.channel(channel).received = channel.receivedPosition;
    for (const channel of this.outputs) cut.channel(channel).sent = channel.sentPosition;
  }
}
