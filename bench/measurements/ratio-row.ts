/** Rows that are ratios of two variants: the median of the rounds' ratios, and the spread of the medians of 20 rounds. */
import type { Row } from '../row.ts';
import { median, ratios, spread } from '../statistics.ts';

export type Times = ReadonlyMap<string, readonly number[]>;
const GROUP = 20;

/** How many times `a` takes the time of `b`. */
export function ratioRow(what: string, times: Times, a: string, b: string, rest: Pick<Row, 'must' | 'note'> = {}): Row {
  return rowOf(what, ratios(times.get(a)!, times.get(b)!), 'x', rest);
}

/** By how many per cent `a` is dearer than `b`. */
export function extraRow(what: string, times: Times, a: string, b: string, rest: Pick<Row, 'must' | 'note'> = {}): Row {
  return rowOf(
    what,
    ratios(times.get(a)!, times.get(b)!).map((ratio) => 100 * (ratio - 1)),
    '%',
    rest,
  );
}

/** `a` in per cent of `b`. */
export function shareRow(what: string, times: Times, a: string, b: string, rest: Pick<Row, 'must' | 'note'> = {}): Row {
  return rowOf(
    what,
    ratios(times.get(a)!, times.get(b)!).map((ratio) => 100 * ratio),
    '%',
    rest,
  );
}

/** How many units of `a` there are in a second. */
export function rateRow(what: string, times: Times, a: string, rest: Pick<Row, 'must' | 'note'> = {}): Row {
  return rowOf(
    what,
    times.get(a)!.map((ns) => 1e9 / ns),
    '/s',
    rest,
  );
}

/** By how many nanoseconds a unit of `a` is dearer than one of `b`, round by round. */
export function differences(times: Times, a: string, b: string): readonly number[] {
  const of = times.get(b)!;
  return times.get(a)!.map((ns, round) => ns - of[round]!);
}

/** Nanoseconds in events of the limit kernel, which take `limitNs`: what another machine can be compared by. */
export function costRow(what: string, ns: readonly number[], limitNs: number, rest: Pick<Row, 'must'> = {}): Row {
  const us = median(ns) / 1_000;
  const note = `${us.toFixed(us < 100 ? 1 : 0)} us`;
  return rowOf(
    what,
    ns.map((one) => one / limitNs),
    'events',
    { ...rest, note },
  );
}

/** For the note of a ratio of accesses. */
export function against(times: Times, a: string, b: string): string {
  return `${Math.round(median(times.get(a)!))} ns against ${Math.round(median(times.get(b)!))} ns an access`;
}

function rowOf(what: string, values: readonly number[], unit: string, rest: Pick<Row, 'must' | 'note'>): Row {
  const enough = values.length >= 2 * GROUP;
  return { what, value: median(values), unit, ...(enough ? { spread: spread(values, GROUP) } : {}), ...rest };
}
