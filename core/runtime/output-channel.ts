/**
 * The sending side of a channel: an open buffer, finished buffers that wait for credit, and a transport.
 *
 *   send -> [open buffer] -> full, timeout or control element -> [queue] -> credit > 0 -> transport
 *
 * A task steps only while every queue has room; what one step emits beyond that is the overdraft, bounded by
 * `OVERDRAFT_BUFFERS_MAX`. Elements become bytes only in a transport that leaves the process.
 */
import type { Timestamp } from '../api/functions.ts';
import { assert } from '../errors.ts';
import type { ChannelId, Probe, TaskId } from '../facts.ts';
import type { Buffer, ControlElement, StreamElement } from './elements.ts';
import { deepFreeze } from './freeze.ts';

/** One step may emit at most this many buffers beyond the room of a channel: a window that fires for many keys. */
export const OVERDRAFT_BUFFERS_MAX = 100_000;

/** Takes a buffer to the receiver; the receiver's credits come back through `addCredit`. */
export interface Transport {
  deliver(buffer: Buffer): void;
}

export interface OutputChannelConfig {
  /** A buffer is finished at this many elements; >= 1. */
  readonly bufferRecords: number;
  /** Finished buffers that may wait for credit before the task stops; >= 1. */
  readonly outputBuffersMax: number;
  readonly freezeValues: boolean;
}

export class OutputChannel {
  readonly id: ChannelId;
  readonly #task: TaskId;
  readonly #probe: Probe;
  readonly #config: OutputChannelConfig;
  readonly #roomAgain: () => void;
  #open: StreamElement[] = [];
  #queue: Buffer[] = [];
  #credit = 0;
  #transport: Transport | undefined;
  #seq = 0;
  #blocked = false;

  /** `roomAgain` is called when a channel that had no room has some again. */
  constructor(id: ChannelId, task: TaskId, probe: Probe, config: OutputChannelConfig, roomAgain: () => void) {
    this.id = id;
    this.#task = task;
    this.#probe = probe;
    this.#config = config;
    this.#roomAgain = roomAgain;
  }

  /** The receiver is there and grants its first credits. */
  connect(transport: Transport, credits: number): void {
    assert(this.#transport === undefined, () => `channel ${channelText(this.id)} connected twice`);
    this.#transport = transport;
    this.addCredit(credits);
  }

  addCredit(credits: number): void {
    this.#credit += credits;
    this.#drain();
  }

  send(value: unknown, timestamp: Timestamp | undefined): void {
    if (this.#config.freezeValues) deepFreeze(value);
    const seq = this.#seq++;
    this.#probe.sent?.({ task: this.#task, channel: this.id, seq, value, timestamp });
    this.#open.push({ kind: 'record', value, timestamp, seq });
    if (this.#open.length >= this.#config.bufferRecords) this.finishBuffer();
  }

  /** A control element ends its buffer, so that it never waits for a timeout. */
  sendControl(element: ControlElement): void {
    this.#open.push(element);
    this.finishBuffer();
  }

  /** Overtakes everything that still waits here, and everything that waits unread at the receiver. */
  sendPriority(element: ControlElement): void {
    this.#queue.unshift({ elements: [element], priority: true });
    this.#drain();
  }

  /** Ends the open buffer, if there is anything in it. */
  finishBuffer(): void {
    if (this.#open.length === 0) return;
    this.#queue.push({ elements: this.#open, priority: false });
    this.#open = [];
    assert(
      this.#queue.length < OVERDRAFT_BUFFERS_MAX,
      () => `channel ${channelText(this.id)}: one step emitted more than ${OVERDRAFT_BUFFERS_MAX} buffers without room`,
    );
    this.#drain();
  }

  get hasOpenBuffer(): boolean {
    return this.#open.length > 0;
  }

  get hasRoom(): boolean {
    const room = this.#queue.length < this.#config.outputBuffersMax;
    if (!room && !this.#blocked) {
      this.#blocked = true;
      this.#probe.outputBlocked?.({ task: this.#task, channel: this.id });
    }
    return room;
  }

  /** Buffers that wait for credit: for the wait-for explanation. */
  get queued(): number {
    return this.#queue.length;
  }

  #drain(): void {
    if (this.#transport === undefined) return;
    let sent = 0;
    for (const buffer of this.#queue) {
      if (!buffer.priority) {
        if (this.#credit === 0) break;
        this.#credit--;
      }
      sent++;
      this.#transport.deliver(buffer);
    }
    if (sent === 0) return;
    this.#queue = sent === this.#queue.length ? [] : this.#queue.slice(sent);
    if (this.#blocked && this.#queue.length < this.#config.outputBuffersMax) {
      this.#blocked = false;
      this.#roomAgain();
    }
  }
}

export function channelText(id: ChannelId): string {
  return `edge ${id.edge}, ${id.sender} -> ${id.receiver}, attempt ${id.attempt}`;
}
