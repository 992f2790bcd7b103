/**
 * The receiving side: one gate with the channels of all input edges of a task.
 *
 *   arriving buffer -> [queue] -> read element by element
 *        |                 ^
 *        | overtaking barrier: to the front; one that may overtake later: announced, and moved to the front on request
 *        '-> while a checkpoint is pending here: kept as in-flight data
 *
 * A blocked channel (alignment) is not read, overtaking barriers aside; its credits run out and its sender slows down by
 * itself. A buffer of data frees its credit when its last element has been read. Credits go back by the message, more than half of a
 * channel's at once: what is held back is never all of them, so a sender whose receiver has read everything can send. Barriers and ends
 * need none. Channels are read in turn, one element at a time.
 */
import { ChannelStatePersister } from './channel-state-persister.ts';
import { isTimed } from '../barrier-options.ts';
import type { ChannelId } from '../facts.ts';
import { type BarrierElement, type Buffer, isData, needsCredit, type StreamElement } from './elements.ts';
import { InputQueue } from './input-queue.ts';

/** What a channel tells its task. */
export interface ChannelListener {
  /** There is something to read. */
  arrived(): void;
  /** A barrier that may overtake later waits in the queue. */
  announced(channel: InputChannel, barrier: BarrierElement): void;
  /** In-flight data of the checkpoint has arrived. */
  kept(channel: InputChannel, checkpoint: number, elements: readonly StreamElement[]): void;
}

export class InputChannel {
  readonly id: ChannelId;
  /** Position in the gate. */
  readonly index: number;
  blocked = false;
  /** `end-of-data` was read. */
  dataEnded = false;
  readonly #listener: ChannelListener;
  readonly #persister = new ChannelStatePersister();
  readonly #queue = new InputQueue();
  #returnCredit: ((credits: number) => void) | undefined;
  /** So many credits go back at once; >= 1. */
  #batch = 1;
  /** The last barrier that arrived, and where. The id is part of it: a position alone may belong to another checkpoint. */
  #lastBarrier: { readonly checkpoint: number; readonly position: number } | undefined;
  #discards = false;

  constructor(id: ChannelId, index: number, listener: ChannelListener) {
    this.id = id;
    this.index = index;
    this.#listener = listener;
  }

  /** How credits get back to the sender. `credits`: all that it has been granted. */
  connect(returnCredit: (credits: number) => void, credits: number): void {
    this.#returnCredit = returnCredit;
    this.#batch = Math.floor(credits / 2) + 1;
  }

  enqueue(buffer: Buffer): void {
    if (this.#discards) {
      if (needsCredit(buffer)) this.#returnCredit?.(1);
      return;
    }
    const { elements, priority } = buffer;
    const event = elements[0];
    const keepsFor = this.#persister.keepsFor;
    const position = this.#queue.add(buffer);
    if (event?.kind === 'barrier' && this.#persister.barrier(event.checkpoint)) {
      this.#lastBarrier = { checkpoint: event.checkpoint, position };
    }
    if (keepsFor !== undefined && !priority) this.#keep(keepsFor, elements.filter(isData));
    if (!priority && event?.kind === 'barrier' && isTimed(event.options)) {
      this.#listener.announced(this, event);
    }
    this.#listener.arrived();
  }

  get readable(): boolean {
    return !this.#queue.isEmpty && (!this.blocked || this.hasOvertaking);
  }

  /** An overtaking barrier is next: it is read before anything else, also while the channel is blocked. */
  get hasOvertaking(): boolean {
    return this.#queue.hasOvertaking;
  }

  /** Only if `readable`. */
  read(): StreamElement {
    const element = this.#queue.read();
    this.#returnFreedCredits();
    return element;
  }

  // ---- checkpoints

  /**
   * The task begins the checkpoint: hands over what is queued here before its barrier, and from now on what arrives before it.
   * False: a newer barrier has come here already.
   */
  startPersisting(checkpoint: number): boolean {
    if (!this.#persister.start(checkpoint)) return false;
    const limit = this.#lastBarrier?.checkpoint === checkpoint ? this.#lastBarrier.position : Infinity;
    for (const data of this.#queue.dataBefore(limit)) this.#keep(checkpoint, data);
    return true;
  }

  stopPersisting(checkpoint: number): void {
    this.#persister.stop(checkpoint);
  }

  /** The barrier of the checkpoint, if it waits in the queue and no newer one has overtaken it, overtakes what is before it. */
  prioritize(checkpoint: number): void {
    if (this.#queue.overtake(checkpoint)) this.#listener.arrived();
  }

  /** The task has finished: buffers that are queued or still arrive are discarded. */
  discard(): void {
    this.#discards = true;
    this.#queue.discard();
    this.#returnFreedCredits();
  }

  #keep(checkpoint: number, data: readonly StreamElement[]): void {
    if (data.length > 0) this.#listener.kept(this, checkpoint, data);
  }

  #returnFreedCredits(): void {
    if (this.#queue.creditsFreed < (this.#discards ? 1 : this.#batch)) return;
    this.#returnCredit?.(this.#queue.takeFreedCredits());
  }
}

/** Asked about its channels before each step, so without an iterator: `for of` makes one as long as the code is not optimized. */
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
    const { channels } = this;
    for (let i = 0; i < channels.length; i++) if (channels[i]?.readable === true) return true;
    return false;
  }

  /** A channel whose next element is an overtaking barrier. */
  get overtaking(): InputChannel | undefined {
    const { channels } = this;
    for (let i = 0; i < channels.length; i++) if (channels[i]?.hasOvertaking === true) return channels[i];
    return undefined;
  }

  discard(): void {
    for (const channel of this.channels) channel.discard();
  }
}
