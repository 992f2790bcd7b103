/** Triggers and evictors of windows, as data (SEMANTICS L4, L5, L11, L12). */
import { JobError } from '../errors.ts';
import type { TypeInfo } from './types.ts';
import { requireWhole } from './watermarks.ts';
import type { Trigger } from './window-functions.ts';
import type { EvictorSpec, TriggerSpec } from './window-spec.ts';

/** Decides when a pane fires; made by the functions of this file. */
export type WindowTrigger = TriggerSpec;
/** Takes elements out of a pane that fires; made by the functions of this file. */
export type WindowEvictor = EvictorSpec;

/** Fires when the watermark reaches the window's end, and again for each late element that is allowed. The default in event time. */
export function eventTimeTrigger(): WindowTrigger {
  return { kind: 'eventTime' };
}

/** Fires when the wall clock is past the window's end. The default in processing time. */
export function processingTimeTrigger(): WindowTrigger {
  return { kind: 'processingTime' };
}

/** Fires at each `count`th element of a window, and not at its end. @throws JobError unless `count` is whole and >= 1. */
export function countTrigger(count: number): WindowTrigger {
  requireWhole('countTrigger: count', count, 1);
  return { kind: 'count', count };
}

/** Fires at the multiples of `everyMs` of event time, at the window's end, and for each late element that is allowed. @throws JobError unless it is whole and >= 1. */
export function continuousEventTimeTrigger(everyMs: number): WindowTrigger {
  requireWhole('continuousEventTimeTrigger: everyMs', everyMs, 1);
  return { kind: 'continuous', domain: 'event', everyMs };
}
/** Fires at the multiples of `everyMs` of the wall clock, the last time at the window's end by that clock. @throws JobError unless it is whole and >= 1. */
export function continuousProcessingTimeTrigger(everyMs: number): WindowTrigger {
  requireWhole('continuousProcessingTimeTrigger: everyMs', everyMs, 1);
  return { kind: 'continuous', domain: 'processing', everyMs };
}

/**
 * Early firings every `everyMs` of the wall clock from a pane's first element, one on time when the watermark reaches the
 * window's end, and a late one for each late element that is allowed. @throws JobError unless `everyMs` is whole and >= 1.
 */
export function earlyAndLateTrigger(everyMs: number): WindowTrigger {
  requireWhole('earlyAndLateTrigger: everyMs', everyMs, 1);
  return { kind: 'earlyAndLate', everyMs };
}

/**
 * Fires when an element is further than `threshold` from the one that fired last (from the first one, in the beginning). Not
 * for sessions.
 *
 * @param options.type of the elements, since one is kept.
 * @throws JobError unless `threshold` is a number.
 */
export function deltaTrigger<T>(options: {
  readonly threshold: number;
  readonly delta: (from: T, to: T) => number;
  readonly type: TypeInfo<T>;
}): WindowTrigger {
  const { threshold, delta, type } = options;
  requireNumber('deltaTrigger: threshold', threshold);
  return { kind: 'delta', threshold, delta, type };
}

/** Never fires. The default of global windows; not for sessions. */
export function neverTrigger(): WindowTrigger {
  return { kind: 'never' };
}

/** Removes the contents of a pane whenever `of` makes it fire, so that no element is emitted twice. */
export function purgingTrigger(of: WindowTrigger): WindowTrigger {
  return { kind: 'purging', of };
}

/** A trigger of your own. @param create makes one for each subtask: no object is shared between two of them. */
export function customTrigger<T = unknown>(create: () => Trigger<T>): WindowTrigger {
  return { kind: 'custom', create };
}

// ---- evictors

/** Keeps the newest `count` elements. @throws JobError unless `count` is whole and >= 0. */
export function countEvictor(count: number, when: 'before' | 'after' = 'before'): WindowEvictor {
  requireWhole('countEvictor: count', count, 0);
  return { kind: 'count', count, when: requireWhen(when) };
}

/** Keeps the elements that are less than `sizeMs` older than the newest one, by their timestamps; without timestamps all. @throws JobError unless it is whole and >= 0. */
export function timeEvictor(sizeMs: number, when: 'before' | 'after' = 'before'): WindowEvictor {
  requireWhole('timeEvictor: sizeMs', sizeMs, 0);
  return { kind: 'time', sizeMs, when: requireWhen(when) };
}

/** Keeps the elements that are closer than `threshold` to the last one. @throws JobError unless `threshold` is a number. */
export function deltaEvictor<T>(
  threshold: number,
  delta: (from: T, to: T) => number,
  when: 'before' | 'after' = 'before',
): WindowEvictor {
  requireNumber('deltaEvictor: threshold', threshold);
  return { kind: 'delta', threshold, delta, when: requireWhen(when) };
}

function requireWhen(when: 'before' | 'after'): 'before' | 'after' {
  const given: unknown = when;
  if (given === 'before' || given === 'after') return given;
  throw new JobError(`an evictor works 'before' or 'after' the function, not ${String(given)}`);
}

function requireNumber(what: string, value: number): void {
  if (typeof value === 'number' && !Number.isNaN(value)) return;
  throw new JobError(`${what} is ${String(value)}; give a number`);
}
