/**
 * What the job of `jobs/window-count.ts` must commit in its variants with one split, by plain loops over the events: no
 * engine, no model, no window code of ours. The rules are SEMANTICS': a watermark after each record, the newest time so far
 * minus the delay minus 1; a record whose window ends at or below it is late, and is dropped unless the allowed lateness
 * still holds the window; a late record that is not dropped makes its window fire again at once.
 */
import type { InputColumns } from './input-events.ts';

export interface WindowOptions {
  readonly windowMs: number;
  readonly offsetMs: number;
  readonly latenessMs: number;
  /** Windows begin so often; undefined: each where the last one ends. */
  readonly slideMs?: number | undefined;
  /** The gap of sessions, which have neither length nor offset. */
  readonly sessionMs?: number | undefined;
  /** Undefined: a window fires at its end. */
  readonly trigger?: InputTrigger | undefined;
}
export type InputTrigger =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'continuous'; readonly everyMs: number }
  | { readonly kind: 'earlyAndLate'; readonly everyMs: number };

/** Tumbling windows that fire at their end: the table below is about these. */
export function isTumbling({ slideMs, sessionMs, trigger }: WindowOptions): boolean {
  return slideMs === undefined && sessionMs === undefined && trigger === undefined;
}

/** How long a record may be behind before its last window ends: about what a delay is measured by. */
export function spanOf({ windowMs, sessionMs }: WindowOptions): number {
  return sessionMs ?? windowMs;
}

/** Of one key and one window: how many records it had when it fired first, and each further one that made it fire again. */
export interface Pane {
  readonly key: number;
  readonly start: number;
  onTime: number;
  again: number;
}

export interface WindowTable {
  readonly panes: readonly Pane[];
  paneOf(key: number, start: number): Pane | undefined;
  /** Lines of the dropped records, rising. */
  readonly late: readonly number[];
  /** Committed counts: each pane once, and once more for each late record that it still took. */
  readonly firings: number;
}

export function windowStart(
  time: number,
  { windowMs, offsetMs }: Pick<WindowOptions, 'windowMs' | 'offsetMs'>,
): number {
  return Math.floor((time - offsetMs) / windowMs) * windowMs + offsetMs;
}

export function windowTable(columns: InputColumns, options: WindowOptions, delayMs: number): WindowTable {
  const { keys, keyAt, times, lines } = columns;
  const byKey: Map<number, Pane>[] = keys.map(() => new Map<number, Pane>());
  const panes: Pane[] = [];
  const late: number[] = [];
  let newest = -Infinity;
  let firings = 0;
  for (let i = 0; i < times.length; i += 1) {
    const time = times[i] ?? 0;
    const key = keyAt[i] ?? 0;
    const start = windowStart(time, options);
    const watermark = newest - delayMs - 1;
    const last = start + options.windowMs - 1;
    if (time > newest) newest = time;
    if (last + options.latenessMs <= watermark) {
      late.push(lines[i] ?? 0);
      continue;
    }
    let pane = byKey[key]?.get(start);
    if (pane === undefined) {
      pane = { key, start, onTime: 0, again: 0 };
      byKey[key]?.set(start, pane);
      panes.push(pane);
    }
    const isLate = last <= watermark;
    if (isLate || pane.onTime === 0) firings += 1;
    if (isLate) pane.again += 1;
    else pane.onTime += 1;
  }
  const paneOf = (key: number, start: number): Pane | undefined => byKey[key]?.get(start);
  return { panes, paneOf, late: late.sort((a, b) => a - b), firings };
}

/** How many records would be dropped, each looked at alone: a session may still take some of them. */
export function lateCount({ times }: InputColumns, options: WindowOptions, delayMs: number): number {
  const { windowMs, slideMs = windowMs, sessionMs, offsetMs } = options;
  const lastOf = (time: number): number =>
    sessionMs === undefined ? windowStart(time, { windowMs: slideMs, offsetMs }) + windowMs - 1 : time + sessionMs - 1;
  let newest = -Infinity;
  let late = 0;
  for (const time of times) {
    if (lastOf(time) + options.latenessMs <= newest - delayMs - 1) late += 1;
    if (time > newest) newest = time;
  }
  return late;
}

/** How far the event that is furthest behind a newer one before it is behind. */
export function mostBehindMs({ times }: InputColumns): number {
  let newest = -Infinity;
  let most = 0;
  for (const time of times) {
    if (time > newest) newest = time;
    else if (newest - time > most) most = newest - time;
  }
  return most;
}
