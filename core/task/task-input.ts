/**
 * Where a task takes its elements from: the splits of a source, the channels of a gate, or, before those, the in-flight data of
 * a restored checkpoint. One of them at a time; which one comes next is the business of the one before it.
 */
import type { BarrierElement, RecordElement } from '../channels/elements.ts';
import type { InputChannel } from '../channels/input-gate.ts';
import type { SplitState } from '../connectors/connector-state.ts';
import type { SourceLetter } from './task-env.ts';

export interface TaskInput {
  /** There is something to take. Whether the outputs have room for what comes of it is the caller's question. */
  readonly readable: boolean;
  /** The next element of a channel is an overtaking barrier. */
  readonly hasOvertaking: boolean;
  /** In-flight data of the restored checkpoint is not processed yet. */
  readonly isReplaying: boolean;
  /** For the wait-for explanation. */
  readonly waitsFor: string;
  /** The task runs from here on. */
  open(): void;
  /** Takes one record or element, if there is one. Returns the input for the next time: this one, or the one that follows it. */
  read(): TaskInput;
  /** Only if `hasOvertaking`. */
  readOvertaking(): void;
  /** Only a source gets letters. */
  onLetter(letter: SourceLetter): void;
  /** The splits of a source, each with the position behind the last record that was taken. */
  snapshot(): readonly SplitState[];
  /** The task has ended. */
  close(): void;
}

/** What the checkpoints of a task hear of its input. */
export interface BarrierEvents {
  /** `overtook`: it was read ahead of what was queued. */
  onBarrier(channel: InputChannel, barrier: BarrierElement, overtook: boolean): void;
  onCancelMarker(channel: InputChannel, checkpoint: number): void;
  /** The channel has ended: its sender has finished. */
  onEnd(channel: InputChannel): void;
  /** A record of the edge was processed. */
  processed(edge: number, record: RecordElement): void;
}
