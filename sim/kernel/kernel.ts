/**
 * Virtual time. The kernel pops the earliest event and fires its target; it knows targets, never engine messages, and
 * nothing in it is asynchronous. Every event goes into the digest: its time, its target, its priority.
 */
import { EngineBug } from '../../core/errors.ts';
import { checksum, Digest } from './digest.ts';
import { PRIORITIES, type EventQueue } from './event-queue.ts';
import type { Kernel, Target } from './types.ts';

export class SimKernel implements Kernel {
  nowUs = 0;
  /** Events fired so far. */
  events = 0;
  readonly #queue: EventQueue;
  readonly #digest = new Digest();
  readonly #digesting: boolean;
  #ids = 0;

  /** The queue is empty, and only this kernel uses it while it lives. `digesting` is off only to measure its cost. */
  constructor(queue: EventQueue, digesting = true) {
    this.#queue = queue;
    this.#digesting = digesting;
  }

  nextId(): number {
    return ++this.#ids;
  }

  schedule(delayUs: number, target: Target, priority = 0): void {
    if (!(Number.isSafeInteger(delayUs) && delayUs >= 0 && isPriority(priority))) {
      throw new EngineBug(`cannot schedule target ${target.id} in ${delayUs} us with priority ${priority}`);
    }
    this.#queue.push(this.nowUs + delayUs, priority, target);
  }

  /** The time of the next event; Infinity if there is none. */
  nextTime(): number {
    return this.#queue.nextTime();
  }

  step(): boolean {
    const queue = this.#queue;
    if (queue.size === 0) return false;
    const target = queue.pop();
    const now = queue.poppedTime;
    this.nowUs = now;
    this.events++;
    if (this.#digesting) {
      const digest = this.#digest;
      digest.fold(now);
      // The target by an odd factor: what is added to it differs for small differences of the other two.
      const high = Math.floor(now / 0x1_0000_0000);
      digest.fold(Math.imul(target.id, 0x9e3779b9) + queue.poppedPriority + PRIORITIES * high);
    }
    target.fire();
    return true;
  }

  fold(value: number): void {
    if (this.#digesting) this.#digest.fold(value);
  }

  foldBytes(bytes: Uint8Array): void {
    if (this.#digesting) this.#digest.fold(checksum(bytes));
  }

  get digest(): string {
    return this.#digest.toString();
  }
}

function isPriority(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < PRIORITIES;
}
