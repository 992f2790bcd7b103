/**
 * Arenas that one universe leaves to the next: typed arrays that have grown, and nothing that a run can see. They belong
 * to the caller, so that nothing lives in a module; a run gives the same digest with a fresh scratch, a used one and none.
 */
import { EventQueue } from './event-queue.ts';

export class Scratch {
  readonly #queue = new EventQueue();
  #taken = false;

  /** The queue, empty; a new one if another universe has it just now (runs may nest). */
  takeQueue(): EventQueue {
    if (this.#taken) return new EventQueue();
    this.#taken = true;
    this.#queue.clear();
    return this.#queue;
  }

  giveBack(queue: EventQueue): void {
    if (queue !== this.#queue) return;
    queue.clear();
    this.#taken = false;
  }
}
