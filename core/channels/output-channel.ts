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
import { assert } from '../errors.ts';
import type { ChannelId, Probe, TaskId } from '../facts.ts';
import {
  type BarrierElement,
  type Buffer,
  type ControlElement,
  isData,
  needsCredit,
  type StreamElement,
} from './elements.ts';
import { deepFreeze } from '../values/freeze.ts';

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
  /** A barrier that may overtake waits in the queue; called when it leaves in its turn. */
  #waiting: { readonly checkpoint: number; readonly left: () => void } | undefined;
  #open: StreamElement[] = [];
  #queue: Buffer[] = [];
  /** Buffers of data in the queue. */
  #dataQueued = 0;
  #credit = 0;
  #transport: Transport | undefined;
  #seq = 0;
  #blocked = false;
  #draining = false;

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

  /** A control element ends its buffer, so that it never waits for a timeout; an event has one of its own. */
  sendControl(element: ControlElement): void {
    if (isData(element)) {
      this.#open.push(element);
      this.finishBuffer();
      return;
    }
    this.finishBuffer();
    this.#queue.push({ elements: [element], priority: false });
    this.#drain();
  }

  /**
   * Overtakes everything that still waits here, and everything that waits unread at the receiver. Returns the data that it
   * overtook here.
   */
  sendOvertaking(barrier: BarrierElement): readonly StreamElement[] {
    const overtaken = [...this.#queue.flatMap(({ elements }) => elements), ...this.#open].filter(isData);
    this.#putInFront(barrier);
    return overtaken;
  }

  /** A barrier that takes its turn, but may overtake later. `left` is called when it leaves in its turn, perhaps at once. */
  sendTimed(barrier: BarrierElement, left: () => void): void {
    this.#waiting = { checkpoint: barrier.checkpoint, left };
    this.sendControl(barrier);
  }

  /** The time of the checkpoint is over: its barrier overtakes what it waits behind. Returns that; undefined: it has left already. */
  overtake(checkpoint: number): readonly StreamElement[] | undefined {
    if (this.#waiting?.checkpoint !== checkpoint) return undefined;
    this.#waiting = undefined;
    const at = this.#queue.findIndex(({ elements }) => isBarrierOf(elements[0], checkpoint));
    const barrier = this.#queue[at]?.elements[0];
    assert(
      barrier?.kind === 'barrier',
      () => `channel ${channelText(this.id)}: barrier ${checkpoint} does not wait here`,
    );
    const overtaken = this.#queue
      .slice(0, at)
      .flatMap(({ elements }) => elements)
      .filter(isData);
    this.#queue.splice(at, 1);
    this.#putInFront({ ...barrier, options: { ...barrier.options, alignment: 'unaligned' } });
    return overtaken;
  }

  /** The checkpoint is over here: its barrier takes its turn as any other element. */
  forget(checkpoint: number): void {
    if (this.#waiting?.checkpoint === checkpoint) this.#waiting = undefined;
  }

  /** Ends the open buffer, if there is anything in it. */
  finishBuffer(): void {
    if (this.#open.length === 0) return;
    this.#queue.push({ elements: this.#open, priority: false });
    this.#open = [];
    this.#dataQueued++;
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
    const room = this.#dataQueued < this.#config.outputBuffersMax;
    if (!room && !this.#blocked) {
      this.#blocked = true;
      this.#probe.outputBlocked?.({ task: this.#task, channel: this.id });
    }
    return room;
  }

  /** Buffers that wait for credit: for the wait-for explanation. */
  get queued(): number {
    return this.#dataQueued;
  }

  /** Behind other overtaking barriers. */
  #putInFront(barrier: BarrierElement): void {
    let at = 0;
    while (this.#queue[at]?.priority === true) at++;
    this.#queue.splice(at, 0, { elements: [barrier], priority: true });
    this.#drain();
  }

  /** A receiver that discards gives its credit back inside the delivery: then the loop that is under way goes on. */
  #drain(): void {
    if (this.#transport === undefined || this.#draining) return;
    this.#draining = true;
    let sent = 0;
    let left: (() => void) | undefined;
    for (;;) {
      const buffer = this.#queue[sent];
      if (buffer === undefined) break;
      if (needsCredit(buffer)) {
        if (this.#credit === 0) break;
        this.#credit--;
        this.#dataQueued--;
      }
      sent++;
      if (this.#waiting !== undefined && isBarrierOf(buffer.elements[0], this.#waiting.checkpoint)) {
        left = this.#waiting.left;
        this.#waiting = undefined;
      }
      this.#transport.deliver(buffer);
    }
    this.#draining = false;
    if (sent === 0) return;
    this.#queue = sent === this.#queue.length ? [] : this.#queue.slice(sent);
    left?.();
    if (this.#blocked && this.#dataQueued < this.#config.outputBuffersMax) {
      this.#blocked = false;
      this.#roomAgain();
    }
  }
}

function isBarrierOf(element: StreamElement | undefined, checkpoint: number): boolean {
  return element?.kind === 'barrier' && element.checkpoint === checkpoint;
}

export function channelText(id: ChannelId): string {
  return `edge ${id.edge}, ${id.sender} -> ${id.receiver}, attempt ${id.attempt}`;
}
