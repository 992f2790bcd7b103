/** Window assigners, as data (SEMANTICS L1, L6, L10, L13). */
import { JobError } from '../errors.ts';
import type { TimeWindow, Timestamp } from './functions.ts';
import { requireWhole } from './watermarks.ts';
import type { AssignerSpec, TimeDomain } from './window-spec.ts';

/** Decides which windows an element belongs to; made by the functions of this file. */
export type WindowAssigner = AssignerSpec;

/**
 * Windows `[start, start + sizeMs)` in event time, with `start` = `offsetMs` modulo `sizeMs`.
 *
 * @param sizeMs whole milliseconds >= 1.
 * @param offsetMs whole milliseconds, between -sizeMs and sizeMs (exclusive).
 * @throws JobError outside these ranges.
 */
export function tumblingEventTime(sizeMs: number, offsetMs = 0): WindowAssigner {
  return tumbling('tumblingEventTime', 'event', sizeMs, offsetMs);
}
/** The same by the wall clock of the task: an element belongs to the window in which it arrives, and needs no timestamp. */
export function tumblingProcessingTime(sizeMs: number, offsetMs = 0): WindowAssigner {
  return tumbling('tumblingProcessingTime', 'processing', sizeMs, offsetMs);
}

/**
 * Windows of `sizeMs` that begin every `slideMs`, in event time: an element is in about `sizeMs / slideMs` of them. With a
 * slide above the size some elements are in none: they are counted as unassigned, or late.
 *
 * @param sizeMs whole milliseconds >= 1.
 * @param slideMs whole milliseconds >= 1.
 * @param offsetMs whole milliseconds, between -slideMs and slideMs (exclusive).
 * @throws JobError outside these ranges.
 * @example
 * ```ts
 * const lastHourEveryMinute = slidingEventTime(3_600_000, 60_000);
 * ```
 */
export function slidingEventTime(sizeMs: number, slideMs: number, offsetMs = 0): WindowAssigner {
  return sliding('slidingEventTime', 'event', sizeMs, slideMs, offsetMs);
}
/** The same by the wall clock of the task. */
export function slidingProcessingTime(sizeMs: number, slideMs: number, offsetMs = 0): WindowAssigner {
  return sliding('slidingProcessingTime', 'processing', sizeMs, slideMs, offsetMs);
}

/**
 * Sessions in event time: a window ends `gap` after its last element, and elements of a key that are at most `gap` apart are
 * in one. An aggregate over sessions needs `merge`.
 *
 * @param gap whole milliseconds >= 1, or a function of the element that gives them.
 * @throws JobError on a bad gap; a function that gives one is a fault of the job.
 * @example
 * ```ts
 * const visits = sessionEventTime(30 * 60_000);
 * const byDevice = sessionEventTime((click: { readonly mobile: boolean }) => (click.mobile ? 60_000 : 600_000));
 * ```
 */
export function sessionEventTime<T = unknown>(gap: number | ((value: T) => number)): WindowAssigner {
  return session('sessionEventTime', 'event', gap);
}
/** The same by the wall clock of the task: a session ends when the key has been silent for `gap`. */
export function sessionProcessingTime<T = unknown>(gap: number | ((value: T) => number)): WindowAssigner {
  return session('sessionProcessingTime', 'processing', gap);
}

/** One window for all elements of a key, which never ends: it fires only by a trigger that is given. */
export function globalWindows(): WindowAssigner {
  return { kind: 'global' };
}

/**
 * Windows of your own.
 *
 * @param options.domain `event`: `time` is the element's timestamp, and a window is late once the watermark has passed it;
 * `processing`: the wall clock of the task.
 * @param options.assign the windows of an element, in the order in which it visits them; a function of its arguments alone.
 * Windows need not hold `time`.
 * @param options.merges windows of one key that overlap or touch become one. False by default.
 * @throws JobError on a bad domain.
 * @example
 * ```ts
 * // The calendar day, and the week before it.
 * const day = 86_400_000;
 * const dayAndWeek = windowAssigner({
 *   domain: 'event',
 *   assign: (_value: unknown, time) => {
 *     const start = Math.floor(time / day) * day;
 *     return [{ start, end: start + day }, { start: start - 6 * day, end: start + day }];
 *   },
 * });
 * ```
 */
export function windowAssigner<T = unknown>(options: {
  readonly domain: TimeDomain;
  readonly assign: (value: T, time: Timestamp) => readonly TimeWindow[];
  readonly merges?: boolean;
}): WindowAssigner {
  const { domain, assign, merges = false } = options;
  const given: unknown = domain;
  if (given !== 'event' && given !== 'processing')
    throw new JobError(`windowAssigner: domain is ${String(given)}; give 'event' or 'processing'`);
  return { kind: 'custom', domain, merges, assign };
}

function tumbling(name: string, domain: TimeDomain, sizeMs: number, offsetMs: number): WindowAssigner {
  requireWhole(`${name}: sizeMs`, sizeMs, 1);
  requireOffset(name, offsetMs, sizeMs);
  return { kind: 'tumbling', domain, sizeMs, offsetMs };
}

function sliding(name: string, domain: TimeDomain, sizeMs: number, slideMs: number, offsetMs: number): WindowAssigner {
  requireWhole(`${name}: sizeMs`, sizeMs, 1);
  requireWhole(`${name}: slideMs`, slideMs, 1);
  requireOffset(name, offsetMs, slideMs);
  return { kind: 'sliding', domain, sizeMs, slideMs, offsetMs };
}

function session<T>(name: string, domain: TimeDomain, gap: number | ((value: T) => number)): WindowAssigner {
  if (typeof gap !== 'function') requireWhole(`${name}: gap`, gap, 1);
  return { kind: 'session', domain, gap };
}

function requireOffset(name: string, offsetMs: number, below: number): void {
  if (Number.isSafeInteger(offsetMs) && Math.abs(offsetMs) < below) return;
  throw new JobError(`${name}: offsetMs is ${offsetMs}; give a whole number between -${below} and ${below}`);
}
