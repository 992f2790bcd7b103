/**
 * A task of the current attempt, as the witness knows it from the task's facts.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import type { TaskId } from '../../core/facts.ts';
import type { Channel } from './channel.ts';
import type { VertexCut, VertexRecord } from './vertex.ts';

export class TaskRecord {
  readonly id: TaskId;
  readonly vertex: VertexRecord;
  readonly subtask: number;
  /** Every channel that the job graph gives it. */
  readonly inputs: readonly Channel[];
  readonly outputs: readonly Channel[];
  /** The key groups that are its own by the formula; empty (end < start) without a keyed head. */
  readonly firstGroup: number;
  readonly lastGroup: number;
  /** SEMANTICS W1: the task's own watermark in this attempt. */
  watermark: Timestamp = MIN_TIMESTAMP;
  watermarkSent: Timestamp = MIN_TIMESTAMP;
  /** Splits that it was given, in order. */
  readonly splits: string[] = [];
  readonly finishedSplits = new Set<string>();
  /** The last watermark of each split in this attempt. */
  readonly generated = new Map<string, Timestamp>();
  /** The newest checkpoint that it has taken; 0 if none. */
  snapshot = 0;
  opened = false;
  /** Its last turn has not ended: the task was killed in it, or it never says so. */
  inTurn = false;
  finished = false;

  constructor(
    id: TaskId,
    vertex: VertexRecord,
    groups: { readonly first: number; readonly last: number },
    channels: { readonly inputs: readonly Channel[]; readonly outputs: readonly Channel[] },
  ) {
    this.id = id;
    this.vertex = vertex;
    this.subtask = id.subtask;
    this.firstGroup = groups.first;
    this.lastGroup = groups.last;
    this.inputs = channels.inputs;
    this.outputs = channels.outputs;
  }

  /** "window[1]": for messages. */
  get name(): string {
    return `${this.vertex.uid}[${this.subtask}]`;
  }

  /** The effective watermark of a key group (SEMANTICS W1). */
  effective(keyGroup: number): Timestamp {
    return Math.max(this.watermark, this.vertex.floorOf(keyGroup));
  }

  /** Puts the task's histories as they are now into the cut of its vertex. */
  cutInto(cut: VertexCut): void {
    cut.subtasks.add(this.subtask);
    const { vertex } = this;
    for (let group = this.firstGroup; group <= this.lastGroup; group++) {
      cut.groups[group] = vertex.groups[group]?.freeze();
      cut.effs[group] = this.effective(group);
    }
    for (const split of this.splits) {
      const instance = vertex.splits.get(split);
      if (instance !== undefined) cut.splits.set(split, instance.freeze());
    }
    const stateless = vertex.model.broadcast === undefined ? vertex.stateless[this.subtask] : vertex.subtask(this.subtask);
    if (stateless === undefined) return;
    cut.stateless.push(stateless.freeze());
    if (stateless.broadcast !== undefined) cut.broadcast[this.subtask] = stateless;
  }
}
