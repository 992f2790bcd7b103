/**
 * Windows `[start, end)` of elements, and the two lateness rules (SEMANTICS L1 to L3, L6, L10, L13; Flink:
 * `TimeWindow.getWindowStartWithOffset`, `SlidingEventTimeWindows`, `WindowOperator.isWindowLate`, `isElementLate`,
 * `cleanupTime`).
 *
 *     tumbling, size 10           -10          0          10          20
 *                                   [   -7     )[     3    )[          )
 *     sliding, size 10, slide 5     3 is in [0, 10), then in [-5, 5): from the latest start down
 *     session, gap 10               3 is in [3, 13), before any merging
 *
 * Pure functions; which window is open and when a pane fires is the window operator's business.
 */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type TimeWindow, type Timestamp } from '../job/functions.ts';
import { JobError } from '../errors.ts';
import { saturatingAdd } from './timestamps.ts';

/** The one window of all elements without event time. Its last timestamp is MAX_TIMESTAMP itself. */
export const GLOBAL_WINDOW: TimeWindow = { start: MIN_TIMESTAMP, end: MAX_TIMESTAMP };

/** Start of the window that holds `timestamp`; right for negative timestamps and any whole offset. `sizeMs` > 0. */
export function windowStart(timestamp: Timestamp, offsetMs: number, sizeMs: number): Timestamp {
  const remainder = (timestamp - offsetMs) % sizeMs;
  return remainder < 0 ? timestamp - (remainder + sizeMs) : timestamp - remainder;
}

/** Throws a `JobError` if the window would reach over an end of event time. */
function windowAt(start: Timestamp, sizeMs: number, timestamp: Timestamp): TimeWindow {
  const end = start + sizeMs;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new JobError(`timestamp ${timestamp} is too near an end of event time for a window of ${sizeMs} ms`);
  }
  return { start, end };
}

/** The one window of an element. @throws JobError if it would reach over an end of event time. */
export function tumblingWindow(timestamp: Timestamp, offsetMs: number, sizeMs: number): TimeWindow {
  return windowAt(windowStart(timestamp, offsetMs, sizeMs), sizeMs, timestamp);
}

/** All windows that hold `timestamp`, the latest start first; none if it lies in a gap. @throws JobError as above. */
export function slidingWindows(
  timestamp: Timestamp,
  offsetMs: number,
  sizeMs: number,
  slideMs: number,
): readonly TimeWindow[] {
  const windows: TimeWindow[] = [];
  for (let start = windowStart(timestamp, offsetMs, slideMs); start > timestamp - sizeMs; start -= slideMs) {
    windows.push(windowAt(start, sizeMs, timestamp));
  }
  return windows;
}

/** An element's own session, before it merges. @throws JobError as above. */
export function sessionWindow(timestamp: Timestamp, gapMs: number): TimeWindow {
  return windowAt(timestamp, gapMs, timestamp);
}

/** Whether two windows overlap or touch: then they merge. */
export function touches(a: TimeWindow, b: TimeWindow): boolean {
  return a.start <= b.end && a.end >= b.start;
}

/** The last timestamp that belongs to the window: when it fires, and the timestamp of its result. */
export function maxTimestampOf(window: TimeWindow): Timestamp {
  return window.end === MAX_TIMESTAMP ? MAX_TIMESTAMP : window.end - 1;
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
