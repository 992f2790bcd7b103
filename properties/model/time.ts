/**
 * Event time as the model counts it: the ends of time, sums that stop there, tumbling windows and when they end.
 * The formulas are those of SEMANTICS L1 to L3, written here a second time on purpose.
 * Left out: sliding and session windows, processing-time windows.
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { WindowSpec } from '../../core/job/spec.ts';

export const EARLIEST: Timestamp = -9_007_199_254_740_991;
export const LATEST: Timestamp = 9_007_199_254_740_991;

/** `a + b` for `b >= 0`, never beyond LATEST. */
export function plus(a: Timestamp, b: number): Timestamp {
  return a > LATEST - b ? LATEST : a + b;
}

/** The tumbling window that holds `timestamp`; right for negative timestamps and offsets too. All in ms, `sizeMs` > 0. */
export function tumblingWindow(timestamp: Timestamp, sizeMs: number, offsetMs: number): TimeWindow {
  const remainder = (timestamp - offsetMs) % sizeMs;
  const start = remainder < 0 ? timestamp - (remainder + sizeMs) : timestamp - remainder;
  return { start, end: start + sizeMs };
}

export function maxTimestamp(window: TimeWindow): Timestamp {
  return window.end - 1;
}

/** When an event-time window's contents go away, and from when on it takes nothing more. */
export function cleanupTime(window: TimeWindow, allowedLatenessMs: number): Timestamp {
  return plus(maxTimestamp(window), allowedLatenessMs);
}

/** The window takes no element any more. */
export function windowIsLate(window: TimeWindow, allowedLatenessMs: number, watermark: Timestamp): boolean {
  return cleanupTime(window, allowedLatenessMs) <= watermark;
}

/** The element by itself is too late, independent of its windows. */
export function elementIsLate(timestamp: Timestamp, allowedLatenessMs: number, watermark: Timestamp): boolean {
  return plus(timestamp, allowedLatenessMs) <= watermark;
}

/** Every window of an element, the newest first. */
export function windowsOf(assigner: WindowSpec['assigner'], timestamp: Timestamp): readonly TimeWindow[] {
  return [tumblingWindow(timestamp, assigner.sizeMs, assigner.offsetMs)];
}
