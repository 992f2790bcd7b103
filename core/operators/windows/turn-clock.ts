/** The wall clock as one element, or one timer, sees it: read when somebody asks, and once. */
import type { Timestamp } from '../../job/functions.ts';
import type { TurnHost } from '../operator.ts';

export class TurnClock {
  readonly #host: TurnHost;
  #now: Timestamp | undefined;

  constructor(host: TurnHost) {
    this.#host = host;
  }

  /** Another element, or timer. */
  next(): void {
    this.#now = undefined;
  }

  now(): Timestamp {
    if (this.#now !== undefined) return this.#now;
    const { user } = this.#host.calls;
    const running = user.pause();
    this.#now = this.#host.now();
    user.resume(running);
    return this.#now;
  }
}
