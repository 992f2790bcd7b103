/**
 * The receiving side: one gate with the channels of all input edges of a task.
 *
 *   arriving buffer -> [queue] -> read element by element
 *        |                 ^
 *        | overtaking barrier: to the front; a barrier that may overtake later: announced, and moved to the front when told to
 *        '-> while a checkpoint is pending here: kept as in-flight data
 *
 * A blocked channel (alignment) is not read, overtaking barriers aside; its credits run out and its sender slows down by
 * itself. A credit goes back when the last element of a buffer of data has been read. Channels are read in turn, one element at a time.
 */
import { ChannelStatePersister } from './channel-state-persister.ts';
import { isTimed } from '../barrier-options.ts';
import { assert } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { type BarrierElement, type Buffer, isData, needsCredit, type StreamElement } from './elements.ts';

/** What a channel tells its task. */
export interface ChannelListener {
  /** There is something to read. */
  arrived(): void;
  /** A barrier that may overtake later waits in the queue. */
  announced(channel: InputChannel, barrier: BarrierElement): void;
  /** In-flight data of the checkpoint has arrived. */
  kept(channel: InputChannel, checkpoint: number, elements: readonly StreamElement[]): void;
}

interface Queued {
  readonly elements: readonly StreamElement[];
  readonly overtakes: boolean;
  /** Buffers are numbered as they arrive. */
  readonly position: number;
  /** The sender gets a credit back once it is read. */
  readonly credit: boolean;
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
  #returnCredit: ((credits: number) => void) | undefined;
  #queue: Queued[] = [];
  /** Position of the next buffer in the queue, and of the next element in it. */
  #head = 0;
  #at = 0;
  #arrivals = 0;
  /** The last barrier that arrived, and where. The id is part of it: a position alone may belong to another checkpoint. */
  #lastBarrier: { readonly checkpoint: number; readonly position: number } | undefined;
  /** The newest barrier that has gone to the front: an older one is over here, and stays where it is. */
  #overtook = 0;
  #discards = false;

  constructor(id: ChannelId, index: number, listener: ChannelListener) {
    this.id = id;
    this.index = index;
    this.#listener = listener;
  }

  /** How credits get back to the sender. */
  connect(returnCredit: (credits: number) => void): void {
    this.#returnCredit = returnCredit;
  }

  enqueue(buffer: Buffer): void {
    if (this.#discards) {
      if (needsCredit(buffer)) this.#returnCredit?.(1);
      return;
    }
    const position = this.#arrivals++;
    const { elements, priority } = buffer;
    const event = elements[0];
    const keepsFor = this.#persister.keepsFor;
    if (event?.kind === 'barrier' && this.#persister.barrier(event.checkpoint)) {
      this.#lastBarrier = { checkpoint: event.checkpoint, position };
    }
    if (keepsFor !== undefined && !priority) this.#keep(keepsFor, elements);
    const queued: Queued = { elements, overtakes: priority, position, credit: needsCredit(buffer) };
    if (priority) {
      assert(event?.kind === 'barrier', () => `channel ${this.index}: only barriers overtake`);
      this.#putInFront(queued, event.checkpoint);
    } else this.#queue.push(queued);
    if (!priority && event?.kind === 'barrier' && isTimed(event.options)) {
      this.#listener.announced(this, event);
    }
    this.#listener.arrived();
  }

  get readable(): boolean {
    return this.#head < this.#queue.length && (!this.blocked || this.hasOvertaking);
  }

  /** An overtaking barrier is next: it is read before anything else, also while the channel is blocked. */
  get hasOvertaking(): boolean {
    return this.#queue[this.#head]?.overtakes === true;
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
      if (buffer.credit) this.#returnCredit?.(1);
    }
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
    for (let i = this.#head; i < this.#queue.length; i++) {
      const queued = this.#queue[i];
      if (queued === undefined || queued.overtakes || queued.position >= limit) continue;
      this.#keep(checkpoint, i === this.#head ? queued.elements.slice(this.#at) : queued.elements);
    }
    return true;
  }

  stopPersisting(checkpoint: number): void {
    this.#persister.stop(checkpoint);
  }

  /** The barrier of the checkpoint, if it waits in the queue and no newer one has overtaken it, overtakes what is before it. */
  prioritize(checkpoint: number): void {
    if (checkpoint < this.#overtook) return;
    for (let i = this.#head; i < this.#queue.length; i++) {
      const queued = this.#queue[i];
      const event = queued?.elements[0];
      if (queued === undefined || queued.overtakes || event?.kind !== 'barrier' || event.checkpoint !== checkpoint)
        continue;
      if (!isTimed(event.options)) continue;
      this.#queue.splice(i, 1);
      const barrier: BarrierElement = { ...event, options: { ...event.options, alignment: 'unaligned' } };
      this.#putInFront({ ...queued, elements: [barrier], overtakes: true }, checkpoint);
      this.#listener.arrived();
      return;
    }
  }

  /** The task has finished: what is here and what still comes is nobody's. */
  discard(): void {
    this.#discards = true;
    let credits = 0;
    for (let i = this.#head; i < this.#queue.length; i++) if (this.#queue[i]?.credit === true) credits++;
    this.#queue = [];
    this.#head = 0;
    this.#at = 0;
    if (credits > 0) this.#returnCredit?.(credits);
  }

  #keep(checkpoint: number, elements: readonly StreamElement[]): void {
    const data = elements.filter(isData);
    if (data.length > 0) this.#listener.kept(this, checkpoint, data);
  }

  /** Behind other overtaking barriers. A buffer that is being read keeps its place: what was read of it cannot be overtaken, the rest is. */
  #putInFront(queued: Queued, checkpoint: number): void {
    this.#overtook = Math.max(this.#overtook, checkpoint);
    const current = this.#queue[this.#head];
    if (current !== undefined && this.#at > 0) {
      this.#queue[this.#head] = { ...current, elements: current.elements.slice(this.#at) };
      this.#at = 0;
    }
    let at = this.#head;
    while (this.#queue[at]?.overtakes === true) at++;
    this.#queue.splice(at, 0, queued);
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
    for (const channel of this.channels) if (channel.readable) return true;
    return false;
  }

  /** A channel whose next element is an overtaking barrier. */
  get overtaking(): InputChannel | undefined {
    for (const channel of this.channels) if (channel.hasOvertaking) return channel;
    return undefined;
  }

  discard(): void {
    for (const channel of this.channels) channel.discard();
  }
}
