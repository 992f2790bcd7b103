/** Between turns: whether the state backend lets the task take anything (a full memory budget, say, has to be flushed first). */
import type { Pending } from '../waiting.ts';

export class Admission {
  readonly #ask: () => Pending<void> | undefined;
  readonly #wake: () => void;
  #pending: Pending<void> | undefined;

  /** `ask`: the backend's `admit`. `wake`: the task may go on. */
  constructor(ask: () => Pending<void> | undefined, wake: () => void) {
    this.#ask = ask;
    this.#wake = wake;
  }

  /** If not, the task is woken when it is worth asking again. Throws what the wait ended with. */
  isOpen(): boolean {
    for (this.#pending ??= this.#ask(); this.#pending !== undefined; this.#pending = this.#ask()) {
      if (!this.#pending.settled) {
        this.#pending.onSettled(this.#wake);
        return false;
      }
      this.#pending.take();
    }
    return true;
  }

  get waitsFor(): string | undefined {
    return this.#pending?.settled === false ? `its state backend: ${this.#pending.what}` : undefined;
  }
}
