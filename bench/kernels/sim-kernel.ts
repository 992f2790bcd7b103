/**
 * The same load on the kernel of the simulator: its queue, its checks, its digest, and targets of four classes, as a
 * universe has them (actor step, delivery, timer, service reply).
 */
import { EventQueue } from '../../sim/kernel/event-queue.ts';
import { SimKernel } from '../../sim/kernel/kernel.ts';
import type { Target } from '../../sim/kernel/types.ts';
import { KINDS, latency, type Load } from './load.ts';

export class SimKernelLoad {
  readonly #queue = new EventQueue();
  readonly #load: Load;
  /** How often each kind fired. */
  readonly counts = new Int32Array(KINDS);

  constructor(load: Load) {
    this.#load = load;
  }

  /** One turn from an empty queue: the digest. */
  run(seed: number): string {
    const load = this.#load;
    this.#queue.clear();
    const kernel = new SimKernel(this.#queue);
    const turn = new Turn(seed, load, kernel, this.counts);
    for (let at = 0; at < load.queue; at++) {
      const target = new CLASSES[at % CLASSES.length]!(kernel.nextId(), turn);
      kernel.schedule(turn.latency(), target);
    }
    for (let fired = 0; fired < load.events; fired++) kernel.step();
    return kernel.digest;
  }
}

class Turn {
  readonly #seed: number;
  readonly #load: Load;
  readonly kernel: SimKernel;
  readonly counts: Int32Array;
  #drawn = 0;

  constructor(seed: number, load: Load, kernel: SimKernel, counts: Int32Array) {
    this.#seed = seed;
    this.#load = load;
    this.kernel = kernel;
    this.counts = counts;
  }

  latency(): number {
    return latency(this.#seed, this.#drawn++, this.#load);
  }
}

abstract class Recurring implements Target {
  readonly id: number;
  protected readonly turn: Turn;

  constructor(id: number, turn: Turn) {
    this.id = id;
    this.turn = turn;
  }

  abstract fire(): void;
}

// Each class has a body of its own, as the classes of a universe do: one shared body would be one call site for all.

class ActorStep extends Recurring {
  override fire(): void {
    this.turn.counts[this.id & (KINDS - 1)]!++;
    this.turn.kernel.schedule(this.turn.latency(), this);
  }
}

class Delivery extends Recurring {
  override fire(): void {
    this.turn.counts[this.id & (KINDS - 1)]!++;
    this.turn.kernel.schedule(this.turn.latency(), this);
  }
}

class Alarm extends Recurring {
  override fire(): void {
    this.turn.counts[this.id & (KINDS - 1)]!++;
    this.turn.kernel.schedule(this.turn.latency(), this);
  }
}

class Reply extends Recurring {
  override fire(): void {
    this.turn.counts[this.id & (KINDS - 1)]!++;
    this.turn.kernel.schedule(this.turn.latency(), this);
  }
}

const CLASSES = [ActorStep, Delivery, Alarm, Reply] as const;
