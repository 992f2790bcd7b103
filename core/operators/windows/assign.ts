/** The windows of an element, with what the author's functions return checked. The rules are in `core/time/windows.ts`. */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { AssignerSpec } from '../../job/spec.ts';
import { showValue } from '../../values/show.ts';
import { GLOBAL_WINDOW, sessionWindow, slidingWindows, tumblingWindow } from '../../time/windows.ts';
import type { UserCalls } from '../user-calls.ts';
import { called } from './user-call.ts';

/** In the order in which the element visits them. `time`: its timestamp, or the wall clock. */
export type Assign = (value: unknown, time: Timestamp) => readonly TimeWindow[];

export function assignerOf(spec: AssignerSpec, calls: UserCalls): Assign {
  switch (spec.kind) {
    case 'tumbling':
      return (_value, time) => [tumblingWindow(time, spec.offsetMs, spec.sizeMs)];
    case 'sliding':
      return (_value, time) => slidingWindows(time, spec.offsetMs, spec.sizeMs, spec.slideMs);
    case 'session': {
      const { gap } = spec;
      if (typeof gap === 'number') return (_value, time) => [sessionWindow(time, gap)];
      return (value, time) => [
        sessionWindow(
          time,
          takenGap(
            calls,
            called(calls, 'the gap function', value, () => gap(value)),
          ),
        ),
      ];
    }
    case 'global':
      return () => [GLOBAL_WINDOW];
    case 'custom':
      return (value, time) =>
        takenWindows(
          calls,
          called(calls, 'assign', value, () => spec.assign(value, time)),
        );
  }
}

function takenGap(calls: UserCalls, gap: unknown): number {
  if (typeof gap === 'number' && Number.isSafeInteger(gap) && gap >= 1) return gap;
  throw calls.refused(gap, 'the gap of the session in whole milliseconds, >= 1', 'the gap function');
}

function takenWindows(calls: UserCalls, windows: unknown): readonly TimeWindow[] {
  if (!Array.isArray(windows)) throw calls.refused(windows, 'a list of windows', 'assign');
  return windows.map((window: unknown) => {
    if (isWindow(window)) return { start: window.start, end: window.end };
    throw calls.refused(
      window,
      'windows { start, end }, whole milliseconds with start < end',
      `assign (${showValue(windows)})`,
    );
  });
}

function isWindow(window: unknown): window is TimeWindow {
  return (
    typeof window === 'object' &&
    window !== null &&
    'start' in window &&
    'end' in window &&
    typeof window.start === 'number' &&
    typeof window.end === 'number' &&
    Number.isSafeInteger(window.start) &&
    Number.isSafeInteger(window.end) &&
    window.start < window.end
  );
}
