/** When, and whether, a failed job starts again. */
import type { Ms } from '../ports.ts';

export interface RestartStrategy {
  /** After the n-th failure (from 1): the delay, or undefined to give up. */
  next(failures: number): Ms | undefined;
}

/** The same delay after each failure, up to `attemptsMax` failures. */
export function fixedDelay(delayMs: Ms, attemptsMax = 1_000): RestartStrategy {
  return { next: (failures) => (failures <= attemptsMax ? delayMs : undefined) };
}
