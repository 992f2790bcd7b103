/**
 * One direction of a connection: a queue of messages and one kernel event per message.
 *
 *   push ──> [ m3 m2 m1 ]  ──event──>  arrived: the receiver's handler, or kept until it has one
 *            in flight
 *
 * The pipe itself is the target of its events, so a message costs no object; the order of the queue is the order of
 * delivery, for any place that the kernel gives to events of one instant. A pipe that is shut neither takes nor
 * delivers.
 */
import { EngineBug } from '../../core/errors.ts';
import { checksum } from '../kernel/digest.ts';
import type { Kernel, SimProcess, Target } from '../kernel/types.ts';
import type { Duration } from './line.ts';

/** In the queue, where the sender closed. */
const END = undefined;

export class Pipe implements Target {
  readonly id: number;
  readonly receiver: SimProcess;
  shut = false;
  readonly #kernel: Kernel;
  #delay: Duration;
  readonly #sums: number[] | undefined;
  readonly #deliver = (): void => {
    this.#take();
  };
  readonly #onShut: () => void;
  /** The messages at [head, tail); the array keeps its length when it runs empty. */
  #queue: (Uint8Array | typeof END)[] = [];
  #head = 0;
  #tail = 0;
  #ended = false;
  #lastArrivalUs = 0;
  /** Messages that have arrived and wait for a handler. */
  #arrived = 0;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: (() => void) | undefined;
  #loss: LossNotice | undefined;

  /** `onShut` is called once, when the pipe shuts. */
  constructor(kernel: Kernel, receiver: SimProcess, delay: Duration, checkBytes: boolean, onShut: () => void) {
    this.id = kernel.nextId();
    this.#kernel = kernel;
    this.receiver = receiver;
    this.#delay = delay;
    this.#sums = checkBytes ? [] : undefined;
    this.#onShut = onShut;
  }

  /** What a message takes from now on. Those that are under way come before it. */
  set delay(delay: Duration) {
    this.#delay = delay;
  }

  /** Nothing is delivered before this time. */
  notBefore(timeUs: number): void {
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, timeUs);
  }

  push(bytes: Uint8Array): void {
    if (this.shut || this.#ended) return;
    if (this.#sums !== undefined) this.#sums[this.#tail] = checksum(bytes);
    this.#enqueue(bytes);
  }

  /** The sender closes: the receiver hears it after what was sent before. */
  pushEnd(): void {
    if (this.shut || this.#ended) return;
    this.#ended = true;
    this.#enqueue(END);
  }

  onReceive(handler: (bytes: Uint8Array) => void): void {
    this.#receive = handler;
    this.#arriveAgain();
  }

  onClosed(handler: () => void): void {
    this.#closed = handler;
    this.#arriveAgain();
    this.#loss?.onHandler();
  }

  /** The receiver closes: nothing more reaches it. */
  close(): void {
    if (this.shut) return;
    this.shut = true;
    this.#queue = [];
    this.#onShut();
  }

  /** The connection is lost: what is in flight is dropped, and the receiver hears that it is closed. */
  lose(): void {
    if (this.shut) return;
    this.close();
    if (!this.receiver.alive) return;
    this.#loss = new LossNotice(this.#kernel, this.receiver, () => this.#closed);
    this.#kernel.schedule(this.#delay.drawUs(), this.#loss);
  }

  fire(): void {
    if (this.shut) return;
    this.#arrived += 1;
    const handler = this.#queue[this.#head] === END ? this.#closed : this.#receive;
    if (handler === undefined) return;
    this.#arrived -= 1;
    this.#check();
    this.receiver.enter(this.#deliver);
  }

  /** Hands out the message at the head; runs inside the receiver. */
  #take(): void {
    const message = this.#queue[this.#head];
    this.#queue[this.#head] = END;
    this.#head += 1;
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    if (message !== END) {
      this.#receive?.(message);
      return;
    }
    this.close();
    this.#closed?.();
  }

  #enqueue(message: Uint8Array | typeof END): void {
    this.#queue[this.#tail] = message;
    this.#tail += 1;
    const { nowUs } = this.#kernel;
    this.notBefore(nowUs + this.#delay.drawUs());
    this.#kernel.schedule(this.#lastArrivalUs - nowUs, this);
  }

  /** What came before its handler arrives once more, each message as an event of its own. */
  #arriveAgain(): void {
    for (; this.#arrived > 0; this.#arrived -= 1) this.#kernel.schedule(0, this);
  }

  #check(): void {
    const message = this.#queue[this.#head];
    if (message === END || this.#sums === undefined) return;
    if (this.#sums[this.#head] !== checksum(message)) {
      throw new EngineBug(`bytes sent to ${this.receiver.id} were changed between send and delivery`);
    }
  }
}

/** The notification that a connection is lost. It waits for a handler, and is delivered once. */
class LossNotice implements Target {
  readonly id: number;
  readonly #kernel: Kernel;
  readonly #receiver: SimProcess;
  readonly #handler: () => (() => void) | undefined;
  #state: 'under-way' | 'unheard' | 'given' = 'under-way';

  constructor(kernel: Kernel, receiver: SimProcess, handler: () => (() => void) | undefined) {
    this.id = kernel.nextId();
    this.#kernel = kernel;
    this.#receiver = receiver;
    this.#handler = handler;
  }

  onHandler(): void {
    if (this.#state !== 'unheard') return;
    this.#state = 'under-way';
    this.#kernel.schedule(0, this);
  }

  fire(): void {
    const handler = this.#handler();
    this.#state = handler === undefined ? 'unheard' : 'given';
    if (handler !== undefined) this.#receiver.enter(handler);
  }
}
