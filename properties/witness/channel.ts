/**
 * A channel as both of its ends see it: what was sent on it, in order, and what has arrived. One object per
 * (edge, attempt, sender, receiver), whichever side spoke of it first.
 *
 * A channel is a queue, so the reception of record n is compared with the n-th send, and a control element (watermark,
 * status, a barrier that takes its turn) has to arrive after exactly what was sent before it. What lies between the places
 * of its two ends at a cut is the channel's state in that checkpoint.
 */
import type { ChannelId } from '../../core/facts.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import { type Cause, scramble } from './history.ts';

/** A watermark or a status: with the records they are what a channel carries. */
interface DataControl {
  readonly kind: 'watermark' | 'status';
  /** Of a status: 1 idle, 0 active. */
  readonly value: number;
  /** Records sent before it. */
  readonly after: number;
}

/** A place in a channel: so many records and so many data controls lie before it. */
export interface Position {
  readonly records: number;
  readonly controls: number;
}

/** An element of a channel, by what identifies it. */
export type ChannelElement =
  | { readonly kind: 'record'; readonly seq: number }
  | { readonly kind: 'watermark' | 'status'; readonly value: number };

/** What the arrival of a control element says: in its place, at another place, or never sent. */
export type Arrival = 'in-place' | 'moved' | 'skipped-others' | 'never-sent';

export class Channel {
  readonly edge: number;
  readonly attempt: number;
  readonly sender: number;
  readonly receiver: number;
  /** Of the identity, for tallies. */
  readonly hashLow: number;
  readonly hashHigh: number;

  // ---- the sender's end. Index = sequence number.
  readonly values: unknown[] = [];
  readonly timestamps: (Timestamp | undefined)[] = [];
  /** Filled only when the run is traced. */
  readonly causes: (Cause | undefined)[] = [];
  /** The last watermark that was sent. */
  watermarkSent: Timestamp = MIN_TIMESTAMP;

  // ---- the receiver's end
  /** Records received; the sequence number that comes next. */
  received = 0;
  watermarkReceived: Timestamp = MIN_TIMESTAMP;
  idle = false;
  /** The newest barrier that arrived; 0 if none. */
  barrier = 0;
  ended = false;
  /** The newest barrier that came in its turn. */
  inTurn = 0;
  /** Barriers that have arrived in this attempt. */
  readonly arrived = new Set<number>();

  readonly #controls: DataControl[] = [];
  #controlsTaken = 0;
  /** Where each barrier was sent that takes its turn; newest last. */
  readonly #barriers: { readonly checkpoint: number; readonly at: Position }[] = [];

  constructor(id: ChannelId) {
    this.edge = id.edge;
    this.attempt = id.attempt;
    this.sender = id.sender;
    this.receiver = id.receiver;
    const low = Math.imul(id.edge + 1, 0x9e3779b1) ^ Math.imul(id.attempt + 1, 0xc2b2ae35);
    this.hashLow = scramble(low ^ Math.imul(id.sender + 1, 0x27d4eb2f) ^ Math.imul(id.receiver + 1, 0x165667b1));
    this.hashHigh = scramble(this.hashLow ^ 0x5bd1e995);
  }

  send(value: unknown, timestamp: Timestamp | undefined, cause: Cause | undefined): void {
    this.values.push(value);
    this.timestamps.push(timestamp);
    if (cause !== undefined) this.causes[this.values.length - 1] = cause;
  }

  sendControl(kind: DataControl['kind'], value: number): void {
    this.#controls.push({ kind, value, after: this.values.length });
  }
  sendBarrier(checkpoint: number): void {
    this.#barriers.push({ checkpoint, at: this.sentPosition });
  }

  /** Takes the control element that arrives now off the queue. */
  takeControl(kind: DataControl['kind'], value: number): Arrival {
    for (let i = this.#controlsTaken; i < this.#controls.length; i++) {
      const control = this.#controls[i];
      if (control?.kind !== kind || control.value !== value) continue;
      const skipped = i > this.#controlsTaken;
      this.#controlsTaken = i + 1;
      if (control.after !== this.received) return 'moved';
      return skipped ? 'skipped-others' : 'in-place';
    }
    return 'never-sent';
  }

  /** What the arrival of a barrier in its turn says. */
  barrierArrival(checkpoint: number): Arrival {
    const sent = this.#barriers.find((candidate) => candidate.checkpoint === checkpoint);
    if (sent === undefined) return 'never-sent';
    const { records, controls } = this.receivedPosition;
    return sent.at.records === records && sent.at.controls === controls ? 'in-place' : 'moved';
  }

  get sentPosition(): Position {
    return { records: this.values.length, controls: this.#controls.length };
  }
  get receivedPosition(): Position {
    return { records: this.received, controls: this.#controlsTaken };
  }

  /** What was sent between two places, in order. */
  between(from: Position, to: Position): readonly ChannelElement[] {
    const elements: ChannelElement[] = [];
    let seq = from.records;
    for (let i = from.controls; i < to.controls; i++) {
      const control = this.#controls[i];
      if (control === undefined) break;
      for (; seq < Math.min(control.after, to.records); seq++) elements.push({ kind: 'record', seq });
      elements.push({ kind: control.kind, value: control.value });
    }
    for (; seq < to.records; seq++) elements.push({ kind: 'record', seq });
    return elements;
  }
}

/** The same for both ends, and different for any two channels of a run. */
export function channelKey(id: ChannelId): string {
  return `${id.edge}/${id.attempt}/${id.sender}/${id.receiver}`;
}
