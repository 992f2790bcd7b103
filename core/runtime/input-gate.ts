/**
 * The receiving side: one gate with the channels of all input edges of a task.
 *
 * A blocked channel (alignment) is not read; its credits run out and its sender slows down by itself. A credit goes
 * back when the last element of a buffer has been read. Channels are read in turn, one element at a time.
 */
import { assert } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import type { Buffer, StreamElement } from './elements.ts';

export class InputChannel {
  readonly id: ChannelId;
  /** Position in the gate. */
  readonly index: number;
  blocked = false;
  /** `end-of-data` was read. */
  ended = false;
  readonly #arrived: () => void;
  #returnCredit: ((credits: number) => void) | undefined;
  #queue: Buffer[] = [];
  /** Position of the next buffer in the queue, and of the next element in it. */
  #head = 0;
  #at = 0;

  constructor(id: ChannelId, index: number, arrived: () => void) {
    this.id = id;
    this.index = index;
    this.#arrived = arrived;
  }

  /** How credits get back to the sender. */
  connect(returnCredit: (credits: number) => void): void {
    this.#returnCredit = returnCredit;
  }

  get connected(): boolean {
    return this.#returnCredit !== undefined;
  }

  enqueue(buffer: Buffer): void {
    if (buffer.priority) {
      // A buffer that is being read keeps its place: what was read of it cannot be overtaken, the rest is.
      const current = this.#queue[this.#head];
      if (current !== undefined && this.#at > 0) {
        this.#queue[this.#head] = { elements: current.elements.slice(this.#at), priority: current.priority };
        this.#at = 0;
      }
      this.#queue.splice(this.#head, 0, buffer);
    } else {
      this.#queue.push(buffer);
    }
    this.#arrived();
  }

  get readable(): boolean {
    return !this.blocked && this.#head < this.#queue.length;
  }

  /** Only if `readable`. */
  read(): StreamElement {
    const buffer = this.#queue[this.#head];
    const element = buffer?.elements[this.#at];
    assert(buffer !== undefined && element !== undefined, () => `channel ${this.index} read when empty`);
    this.#at++;
    if (this.#at === buffer.elements.length) {
      this.#at = 0;
      this.#head++;
      if (this.#head === this.#queue.length) {
        this.#queue = [];
        this.#head = 0;
      }
      if (!buffer.priority) this.#returnCredit?.(1);
    }
    return element;
  }

  /** Buffers that have arrived and are not read to the end. */
  get queued(): number {
    return this.#queue.length - this.#head;
  }
}

export class InputGate {
  readonly channels: readonly InputChannel[];
  #next = 0;

  constructor(channels: readonly InputChannel[]) {
    this.channels = channels;
  }

  /** The next channel in turn with something to read; undefined if there is none. */
  poll(): InputChannel | undefined {
    const count = this.channels.length;
    for (let i = 0; i < count; i++) {
      const channel = this.channels[(this.#next + i) % count];
      if (channel?.readable === true) {
        this.#next = (channel.index + 1) % count;
        return channel;
      }
    }
    return undefined;
  }

  get readable(): boolean {
    return this.channels.some((channel) => channel.readable);
  }
}
