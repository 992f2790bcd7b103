/**
 * A channel as both of its ends see it: what was sent on it, in order, and what has arrived. One object per
 * (edge, attempt, sender, receiver), whichever side spoke of it first.
 *
 * A channel is a queue, so the reception of record n is compared with the n-th send, and a control element (watermark,
 * barrier) has to arrive after exactly as many records as were sent before it.
 */
import type { ChannelId } from '../../core/facts.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../../core/api/functions.ts';
import { type Cause, scramble } from './history.ts';

interface Control {
  readonly kind: 'watermark' | 'barrier';
  readonly value: number;
  /** Records sent before it. */
  readonly after: number;
}

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

  readonly #controls: Control[] = [];
  #controlsTaken = 0;

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

  sendControl(kind: Control['kind'], value: number): void {
    this.#controls.push({ kind, value, after: this.values.length });
  }

  /** Takes the control element that arrives now off the queue. */
  takeControl(kind: Control['kind'], value: number): Arrival {
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
}

/** The same for both ends, and different for any two channels of a run. */
export function channelKey(id: ChannelId): string {
  return `${id.edge}/${id.attempt}/${id.sender}/${id.receiver}`;
}
