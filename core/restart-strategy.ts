/** When, and whether, a failed job starts again. */
import type { Ms } from './ports.ts';

export interface RestartStrategy {
  /** After the n-th failure in a row (from 1) without a completed checkpoint in between: the delay, or undefined to give up. */
  next(failures: number): Ms | undefined;
}

/** Far above what outages cause, and soon enough for a job that fails at the same record each time. */
const FAILURES_MAX = 200;

/** The same delay after each failure; gives up after `failuresMax` in a row. */
export function fixedDelay(delayMs: Ms, failuresMax = FAILURES_MAX): RestartStrategy {
  return { next: (failures) => (failures <= failuresMax ? delayMs : undefined) };
}
