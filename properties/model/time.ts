/**
 * Event time as the model counts it: the ends of time, sums that stop there, which windows an element belongs to and when
 * they end. The formulas are those of SEMANTICS L1 to L3, L6, L10 and L13, written here a second time on purpose.
 */
import type { TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { AssignerSpec } from '../../core/job/spec.ts';
import { itemsOf } from './shape.ts';

export const EARLIEST: Timestamp = -9_007_199_254_740_991;
export const LATEST: Timestamp = 9_007_199_254_740_991;

/** `a + b` for `b >= 0`, never beyond LATEST. */
export function plus(a: Timestamp, b: number): Timestamp {
  return a > LATEST - b ? LATEST : a + b;
}

/** The largest `start <= timestamp` with `start = offset` modulo `step`; of negative numbers too. All in ms, `step` > 0. */
function lastStart(timestamp: Timestamp, step: number, offset: number): Timestamp {
  return offset + Math.floor((timestamp - offset) / step) * step;
}

/** The tumbling window that holds `timestamp`. */
export function tumblingWindow(timestamp: Timestamp, sizeMs: number, offsetMs: number): TimeWindow {
  const start = lastStart(timestamp, sizeMs, offsetMs);
  return { start, end: start + sizeMs };
}

/** The last moment that belongs to the window. The global window ends with time itself. */
export function maxTimestamp(window: TimeWindow): Timestamp {
  return window.end >= LATEST ? LATEST : window.end - 1;
}

/** When an event-time window's contents go away, and from when on it takes nothing more. */
export function cleanupTime(window: TimeWindow, allowedLatenessMs: number): Timestamp {
  return plus(maxTimestamp(window), allowedLatenessMs);
}

/** The element by itself is too late, independent of its windows. */
export function elementIsLate(timestamp: Timestamp, allowedLatenessMs: number, watermark: Timestamp): boolean {
  return plus(timestamp, allowedLatenessMs) <= watermark;
}

/** Whether the assigner's windows lie in event time, so that a watermark ends them. */
export function isOfEventTime(assigner: AssignerSpec): boolean {
  return assigner.kind !== 'global' && assigner.domain === 'event';
}

export function merges(assigner: AssignerSpec): boolean {
  return assigner.kind === 'session' || (assigner.kind === 'custom' && assigner.merges);
}

/** Every window of an element, in the order in which it visits them. `time`: its timestamp, or the wall clock. */
export function windowsOf(assigner: AssignerSpec, value: unknown, time: Timestamp): readonly TimeWindow[] {
  switch (assigner.kind) {
    case 'tumbling':
      return [tumblingWindow(time, assigner.sizeMs, assigner.offsetMs)];
    case 'sliding': {
      const { sizeMs, slideMs, offsetMs } = assigner;
      const latest = lastStart(time, slideMs, offsetMs);
      const count = Math.max(0, Math.ceil((latest + sizeMs - time) / slideMs));
      return Array.from({ length: count }, (_, i) => ({
        start: latest - i * slideMs,
        end: latest - i * slideMs + sizeMs,
      }));
    }
    case 'session': {
      const { gap } = assigner;
      return [{ start: time, end: time + (typeof gap === 'number' ? gap : gap(value)) }];
    }
    case 'global':
      return [{ start: EARLIEST, end: LATEST }];
    case 'custom': {
      const { assign } = assigner;
      const windows = assign(value, time);
      itemsOf(windows); // throws if they are no array
      return windows;
    }
  }
}

/** What is left when all windows that overlap or touch have become one, by start. */
export function components(windows: readonly TimeWindow[]): readonly TimeWindow[] {
  const joined: TimeWindow[] = [];
  for (const window of [...windows].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || window.start > last.end) joined.push(window);
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, window.end) };
  }
  return joined;
}

export function isSameWindow(a: TimeWindow, b: TimeWindow): boolean {
  return a.start === b.start && a.end === b.end;
}
export function holds(outer: TimeWindow, inner: TimeWindow): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
