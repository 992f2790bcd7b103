/** When, and whether, a failed job starts again. */
import type { Ms } from './ports.ts';

export interface RestartStrategy {
  /** After the n-th failure in a row (from 1) without a completed checkpoint in between: the delay, or undefined to give up. */
  next(failures: number): Ms | undefined;
}

/** So many failures in a row cost no more time each than the first. */
const FAILURES_AT_ONCE = 20;
const BACKOFF = { factor: 1.2, leastMs: 10, mostMs: 1_000 } as const;
/** An outage of 40 s does not end the job, and one that fails at the same record each time ends soon enough. */
const FAILURES_MAX = 85;

/** The longest delay of `exponentialDelay`. */
export function longestDelay(delayMs: Ms): Ms {
  return Math.max(delayMs, BACKOFF.mostMs);
}

/**
 * The default (Flink: `exponential-delay`). *Ours*: the first twenty failures in a row cost the same delay, so that recovery from a few is
 * fast; from then on each a fifth more, up to a second, so that restarts do not run out while an outage lasts. It gives up after 85.
 *
 * @example
 * exponentialDelay(20).next(1);  // 20
 * exponentialDelay(20).next(30); // 124
 */
export function exponentialDelay(delayMs: Ms): RestartStrategy {
  return {
    next: (failures) => {
      if (failures > FAILURES_MAX) return undefined;
      let delay = delayMs;
      for (let n = FAILURES_AT_ONCE; n < failures && delay < BACKOFF.mostMs; n++)
        delay = Math.min(BACKOFF.mostMs, Math.max(BACKOFF.leastMs, delay * BACKOFF.factor));
      return Math.round(delay);
    },
  };
}
