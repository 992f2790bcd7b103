/**
 * A channel as both of its ends see it: what was sent on it, in order, and what has arrived. One object per
 * (edge, attempt, sender, receiver); the first fact of either side makes it.
 *
 * Data (records, watermarks, idle/active) is a queue: the reception of record n is compared with the n-th send, and a
 * watermark or status has to arrive after exactly as many records as were sent before it. A place in that queue is a
 * `Position`. Signals (barriers, cancel markers) are kept apart, each with the position at which it was sent, because a
 * barrier may overtake data.
 *
 *     sent       r0 r1 w5 r2 |B1| r3        position of B1 = 3 records, 1 control
 *     received   r0 r1                      position 2, 0: at this cut w5 and r2 are in flight
 */
import type { ChannelId } from '../../core/facts.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { Cause } from './cause.ts';
import { scramble } from './scramble.ts';

export interface DataControl {
  readonly kind: 'watermark' | 'status';
  /** For a status: 1 for idle, 0 for active. */
  readonly value: number;
  /** Records sent before it. */
  readonly after: number;
}

/** So many records and control elements come before it. */
export interface Position {
  readonly records: number;
  readonly controls: number;
}
export const START: Position = { records: 0, controls: 0 };

export interface Signal {
  readonly kind: 'barrier' | 'cancel';
  readonly checkpoint: number;
  readonly at: Position;
  /** Signals of a channel in the order in which they were sent. */
  readonly index: number;
  arrived: boolean;
}

/** In-flight data, by the facts. */
export type DataElement =
  | {
      readonly kind: 'record';
      readonly seq: number;
      readonly value: unknown;
      readonly timestamp: Timestamp | undefined;
    }
  | { readonly kind: 'watermark'; readonly timestamp: Timestamp }
  | { readonly kind: 'status'; readonly idle: boolean };

/** What the arrival of a control element says: in its place, at another place, or never sent. */
export type Arrival = 'in-place' | 'moved' | 'skipped-others' | 'never-sent';

export class ChannelRecord {
  readonly edge: number;
  readonly attempt: number;
  readonly sender: number;
  readonly receiver: number;
  readonly key: string;
  /** Low half of the hash of the identity, for tallies. */
  readonly hashLow: number;
  readonly hashHigh: number;

  // ---- the sender's end. Index = sequence number.
  readonly values: unknown[] = [];
  readonly timestamps: (Timestamp | undefined)[] = [];
  /** Filled only when the run is traced. */
  readonly causes: (Cause | undefined)[] = [];
  readonly controls: DataControl[] = [];

  // ---- the receiver's end
  /** Records received; the sequence number that comes next. */
  received = 0;
  controlsTaken = 0;
  watermarkReceived: Timestamp = MIN_TIMESTAMP;
  idle = false;
  /** The newest barrier that arrived in its turn; 0 if none. */
  barrier = 0;
  /** The newest one that overtook. */
  overtaking = 0;
  /** The newest cancel marker. */
  cancelled = 0;
  /** Barriers that have arrived, with the position at which each was sent; undefined if no fact said that it was. */
  readonly arrived = new Map<number, Position | undefined>();
  /** End of data. */
  ended = false;
  /** The newest barrier in its turn when the end of data came. */
  endedBehind = 0;
  /** End of partition. */
  closed = false;
  /** A record with this sequence number or a higher one comes behind a signal that should have arrived before it. */
  signalDueAt = Infinity;

  readonly #signals: Signal[] = [];
  /** Signals before it have all arrived. */
  #signalsTaken = 0;

  constructor(id: ChannelId, key = channelKey(id)) {
    this.edge = id.edge;
    this.attempt = id.attempt;
    this.sender = id.sender;
    this.receiver = id.receiver;
    this.key = key;
    const low = Math.imul(id.edge + 1, 0x9e3779b1) ^ Math.imul(id.attempt + 1, 0xc2b2ae35);
    this.hashLow = scramble(low ^ Math.imul(id.sender + 1, 0x27d4eb2f) ^ Math.imul(id.receiver + 1, 0x165667b1));
    this.hashHigh = scramble(this.hashLow ^ 0x5bd1e995);
  }

  get sentPosition(): Position {
    return { records: this.values.length, controls: this.controls.length };
  }
  get receivedPosition(): Position {
    return { records: this.received, controls: this.controlsTaken };
  }

  send(value: unknown, timestamp: Timestamp | undefined, cause: Cause | undefined): void {
    this.values.push(value);
    this.timestamps.push(timestamp);
    if (cause !== undefined) this.causes[this.values.length - 1] = cause;
  }

  /** Batch: the stage that reads it begins anew. */
  readAgain(): void {
    this.received = 0;
    this.ended = false;
  }

  sendControl(kind: DataControl['kind'], value: number): void {
    this.controls.push({ kind, value, after: this.values.length });
  }

  sendSignal(kind: Signal['kind'], checkpoint: number): void {
    const signal: Signal = { kind, checkpoint, at: this.sentPosition, index: this.#signals.length, arrived: false };
    this.#signals.push(signal);
    this.signalDueAt = Math.min(this.signalDueAt, signal.at.records);
  }

  /** Takes the control element that arrives now off the queue. */
  takeControl(kind: DataControl['kind'], value: number): Arrival {
    for (let i = this.controlsTaken; i < this.controls.length; i++) {
      const control = this.controls[i];
      if (control?.kind !== kind || control.value !== value) continue;
      const skipped = i > this.controlsTaken;
      this.controlsTaken = i + 1;
      if (control.after !== this.received) return 'moved';
      return skipped ? 'skipped-others' : 'in-place';
    }
    return 'never-sent';
  }

  /** A signal that was sent and has not arrived. */
  dueSignal(kind: Signal['kind'], checkpoint: number): Signal | undefined {
    for (let i = this.#signalsTaken; i < this.#signals.length; i++) {
      const signal = this.#signals[i];
      if (signal?.arrived === false && signal.kind === kind && signal.checkpoint === checkpoint) return signal;
    }
    return undefined;
  }

  /** The signal that arrives now; undefined if no fact said that it was sent. */
  takeSignal(kind: Signal['kind'], checkpoint: number): Signal | undefined {
    const signal = this.dueSignal(kind, checkpoint);
    if (signal === undefined) return undefined;
    signal.arrived = true;
    while (this.#signals[this.#signalsTaken]?.arrived === true) this.#signalsTaken++;
    this.signalDueAt = this.firstDue?.at.records ?? Infinity;
    return signal;
  }

  /** The first signal that has not arrived. */
  get firstDue(): Signal | undefined {
    return this.#signals[this.#signalsTaken];
  }

  /** What lies between two positions, in order. */
  *between(from: Position, to: Position): Generator<DataElement> {
    let record = from.records;
    for (let i = from.controls; i < to.controls; i++) {
      const control = this.controls[i];
      if (control === undefined) return;
      for (; record < Math.min(control.after, to.records); record++) yield this.#record(record);
      if (control.kind === 'watermark') yield { kind: 'watermark', timestamp: control.value };
      else yield { kind: 'status', idle: control.value === 1 };
    }
    for (; record < to.records; record++) yield this.#record(record);
  }

  #record(seq: number): DataElement {
    return { kind: 'record', seq, value: this.values[seq], timestamp: this.timestamps[seq] };
  }
}

/** Whether everything before `a` is before `b`, too. */
export function isUpTo(a: Position, b: Position): boolean {
  return a.records <= b.records && a.controls <= b.controls;
}

/** The same for both ends, and different for any two channels of a run. */
export function channelKey(id: ChannelId): string {
  return `${id.edge}/${id.attempt}/${id.sender}/${id.receiver}`;
}
