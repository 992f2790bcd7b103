/** In-flight data of one old channel, as a task of the restoring attempt replays it, and how far it has come. */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { Arrival, ChannelRecord, Position } from './channel.ts';

export class ReplayedChannel {
  readonly channel: ChannelRecord;
  readonly to: Position;
  /** Old parallelism of the senders. */
  readonly senders: number;
  watermarkReceived: Timestamp = MIN_TIMESTAMP;
  readonly #isOwn: (value: unknown) => boolean;
  /** The next one to look at. */
  #record: number;
  #control: number;

  constructor(channel: ChannelRecord, from: Position, to: Position, isOwn: (value: unknown) => boolean, senders = 0) {
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
