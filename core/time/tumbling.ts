/**
 * Tumbling event-time windows `[start, end)` and the two lateness rules (SEMANTICS L1 to L3; Flink:
 * `TimeWindow.getWindowStartWithOffset`, `WindowOperator.isWindowLate`, `isElementLate`, `cleanupTime`).
 *
 *     size 10, offset 0      -10          0          10          20
 *                              [   -7     )[     3    )[          )
 *
 * Pure functions; which window is open and when a pane fires is the window operator's business.
 */
import type { TimeWindow, Timestamp } from '../job/functions.ts';
import type { WindowSpec } from '../job/spec.ts';
import { JobError } from '../errors.ts';
import { saturatingAdd } from './timestamps.ts';

/** Start of the window that holds `timestamp`; right for negative timestamps and any whole offset. `sizeMs` > 0. */
export function windowStart(timestamp: Timestamp, offsetMs: number, sizeMs: number): Timestamp {
  const remainder = (timestamp - offsetMs) % sizeMs;
  return remainder < 0 ? timestamp - (remainder + sizeMs) : timestamp - remainder;
}

/** The one window of an element. Throws a `JobError` if the window would reach over an end of event time. */
export function tumblingWindow(timestamp: Timestamp, offsetMs: number, sizeMs: number): TimeWindow {
  const start = windowStart(timestamp, offsetMs, sizeMs);
  const end = start + sizeMs;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new JobError(`timestamp ${timestamp} is too near an end of event time for a window of ${sizeMs} ms`);
  }
  return { start, end };
}

/** Every window of an element, the newest first; a new assigner has its case here, and in the model's `time.ts`. */
export function windowsOf(assigner: WindowSpec['assigner'], timestamp: Timestamp): readonly TimeWindow[] {
  return [tumblingWindow(timestamp, assigner.offsetMs, assigner.sizeMs)];
}

/** The last timestamp that belongs to the window: when it fires, and the timestamp of its result. */
export function maxTimestampOf(window: TimeWindow): Timestamp {
  return window.end - 1;
}

/** When everything of the window is cleared; MAX_TIMESTAMP (never by a timer of its own) if that lies beyond it. */
export function cleanupTime(window: TimeWindow, allowedLatenessMs: number): Timestamp {
  return saturatingAdd(maxTimestampOf(window), allowedLatenessMs);
}

/** The window has been cleared: it takes no more elements. */
export function isWindowLate(window: TimeWindow, allowedLatenessMs: number, watermark: Timestamp): boolean {
  return cleanupTime(window, allowedLatenessMs) <= watermark;
}

/** The element is behind the watermark by the allowed lateness or more. */
export function isElementLate(timestamp: Timestamp, allowedLatenessMs: number, watermark: Timestamp): boolean {
  return saturatingAdd(timestamp, allowedLatenessMs) <= watermark;
}
