/** One timer of the clock for all processing-time timers of a task: it rings for the earliest, when its millisecond is over. */
import type { Timestamp } from '../job/functions.ts';
import type { Clock, Timer } from '../ports.ts';

export class ProcessingTimer {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #armed: { readonly timer: Timer; readonly timestamp: Timestamp } | undefined;

  /** `ring`: a time that was asked for has come, by the monotonic clock at least; arm again for the next one. */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Without effect if an earlier time is armed. */
  arm(timestamp: Timestamp): void {
    if (this.#armed !== undefined) {
      if (this.#armed.timestamp <= timestamp) return;
      this.#armed.timer.cancel();
    }
    const delay = Math.max(0, timestamp + 1 - this.#clock.now());
    const timer = this.#clock.timer(delay, () => {
      this.#armed = undefined;
      this.#ring();
    });
    this.#armed = { timer, timestamp };
  }

  cancel(): void {
    this.#armed?.timer.cancel();
    this.#armed = undefined;
  }
}
