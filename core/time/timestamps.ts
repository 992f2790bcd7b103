/**
 * Arithmetic of event time. Timestamps are safe integers in [MIN_TIMESTAMP, MAX_TIMESTAMP]; what would leave the range
 * stays at its end, so nothing ever overflows or loses precision.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../job/functions.ts';
import type { Timestamp } from '../job/functions.ts';
import { describe } from '../values/refusal.ts';

/** `timestamp + durationMs`, held at the ends of event time; `durationMs` may be negative. */
export function saturatingAdd(timestamp: Timestamp, durationMs: number): Timestamp {
  const sum = timestamp + durationMs;
  if (sum > MAX_TIMESTAMP) return MAX_TIMESTAMP;
  return sum < MIN_TIMESTAMP ? MIN_TIMESTAMP : sum;
}

/** Why a value, which user code made, is no timestamp: undefined if it is a whole number of milliseconds in range. */
export function refusedTimestamp(timestamp: unknown, what: string): string | undefined {
  if (Number.isSafeInteger(timestamp)) return undefined;
  return `${what} at ${describe(timestamp)}: a timestamp is a whole number of milliseconds, |t| < 2^53`;
}
