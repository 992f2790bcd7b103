/**
 * The sending side of a channel: an open buffer, finished buffers that wait for credit, and a transport. Events (barriers,
 * cancel markers, ends) keep their place behind the data, but need no credit of their own and take no room from it.
 *
 *   send -> [open buffer] -> full, timeout or control element -> [queue] -> credit > 0 -> transport
 *                                                   ^ an overtaking barrier goes to the front and needs no credit; what
 *                                                     it overtakes is in-flight data of its checkpoint
 *
 * A task steps only while every queue has room; what one step emits beyond that is the overdraft, bounded by
 * `OVERDRAFT_BUFFERS_MAX`. Elements become bytes only in a transport that leaves the process.
 */
import type { Timestamp } from '../job/functions.ts';
import type { ChannelId, Probe, TaskId } from '../facts.ts';
import { type BarrierElement, type ControlElement, isData, type StreamElement } from './elements.ts';
import { OutputQueue, type Transport } from './output-queue.ts';

export interface OutputChannelConfig {
  /** A buffer is finished at this many elements; >= 1. */
  readonly bufferRecords: number;
  /** Finished buffers that may wait for credit before the task stops; >= 1. */
  readonly outputBuffersMax: number;
}

export class OutputChannel {
  readonly id: ChannelId;
  readonly #task: TaskId;
  readonly #probe: Probe;
  readonly #config: OutputChannelConfig;
  readonly #roomAgain: () => void;
  readonly #queue: OutputQueue;
  #open: StreamElement[] = [];
  #seq = 0;
  #blocked = false;

  /** `roomAgain` is called when a channel that had no room has some again. */
  constructor(id: ChannelId, task: TaskId, probe: Probe, config: OutputChannelConfig, roomAgain: () => void) {
    this.id = id;
    this.#task = task;
    this.#probe = probe;
    this.#config = config;
    this.#roomAgain = roomAgain;
    this.#queue = new OutputQueue(id, () => {
      this.#onSent();
    });
  }

  /** The receiver is there and grants its first credits. */
  connect(transport: Transport, credits: number): void {
    this.#queue.connect(transport, credits);
  }

  addCredit(credits: number): void {
    this.#queue.addCredit(credits);
  }

  send(value: unknown, timestamp: Timestamp | undefined): void {
    const seq = this.#seq++;
    this.#probe.sent?.({ task: this.#task, channel: this.id, seq, value, timestamp });
    this.#open.push({ kind: 'record', value, timestamp, seq });
    if (this.#open.length >= this.#config.bufferRecords) this.finishBuffer();
  }

  /** A control element ends its buffer, so that it never waits for a timeout; an event has one of its own. */
  sendControl(element: ControlElement): void {
    if (isData(element)) {
      this.#open.push(element);
      this.finishBuffer();
      return;
    }
    this.finishBuffer();
    this.#queue.push({ elements: [element], priority: false });
  }

  /**
   * Overtakes everything that still waits here, and everything that waits unread at the receiver. Returns the data that it
   * overtook here.
   */
  sendOvertaking(barrier: BarrierElement): readonly StreamElement[] {
    const overtaken = [...this.#queue.data, ...this.#open];
    this.#queue.pushOvertaking(barrier);
    return overtaken;
  }

  /** A barrier that takes its turn, but may overtake later. `left` is called when it leaves in its turn, perhaps at once. */
  sendTimed(barrier: BarrierElement, left: () => void): void {
    this.#queue.expectTimed(barrier.checkpoint, left);
    this.sendControl(barrier);
  }

  /** The time of the checkpoint is over: its barrier overtakes what it waits behind. Returns that; undefined: it has left already. */
  overtake(checkpoint: number): readonly StreamElement[] | undefined {
    return this.#queue.overtake(checkpoint);
  }

  /** The checkpoint is over here: its barrier takes its turn as any other element. */
  forget(checkpoint: number): void {
    this.#queue.forget(checkpoint);
  }

  /** Ends the open buffer, if there is anything in it. */
  finishBuffer(): void {
    if (this.#open.length === 0) return;
    const elements = this.#open;
    this.#open = [];
    this.#queue.push({ elements, priority: false });
  }

  get hasOpenBuffer(): boolean {
    return this.#open.length > 0;
  }

  get hasRoom(): boolean {
    const room = this.#queue.dataQueued < this.#config.outputBuffersMax;
    if (!room && !this.#blocked) {
      this.#blocked = true;
      this.#probe.outputBlocked?.({ task: this.#task, channel: this.id });
    }
    return room;
  }

  /** Buffers that wait for credit: for the wait-for explanation. */
  get queued(): number {
    return this.#queue.dataQueued;
  }

  #onSent(): void {
    if (!this.#blocked || this.#queue.dataQueued >= this.#config.outputBuffersMax) return;
    this.#blocked = false;
    this.#roomAgain();
  }
}
