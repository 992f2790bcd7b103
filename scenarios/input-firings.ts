/**
 * What the job of `jobs/window-count.ts` must commit with sliding windows, sessions or a trigger of its own, in its variants with
 * one split: every count, by plain loops over the events of each key. Beside `input-table.ts`, which knows tumbling windows only
 * and so needs less room. No engine, no model, no window code of ours; the rules are SEMANTICS' (L3 to L11):
 *
 *     a watermark after each record: the newest time so far minus the delay minus 1
 *     before each record of a key    what is due at the watermark fires, earliest first; a window is gone at its clean-up time
 *     the record                     into each of its windows that is not gone (sessions: joined with those that they touch)
 *     at the end of the file         everything is due
 *
 * Early firings of `early-and-late` go by the clock of the run: of those the bounds are known, not the number.
 */
import { eventCount, type InputColumns } from './input-events.ts';
import { type InputTrigger, windowStart, type WindowOptions } from './input-table.ts';

/** A window of a key that is not gone. */
interface Live {
  readonly start: number;
  readonly end: number;
  /** Its records. */
  count: number;
  /** Of these, since the last firing of a count trigger. */
  since: number;
  /** The firing at its end is still to come. */
  onTime: boolean;
  /** Next firing of a continuous trigger. */
  next: number | undefined;
}

/** Counts of one key in rows of three: start, end, count. */
type Rows = number[];

export interface FiringTable {
  /** Of each key, in the order in which they must be committed. */
  readonly rows: readonly Rows[];
  readonly firings: number;
  /** Windows of a key that have fired. */
  readonly panes: number;
  readonly largest: { readonly key: number; readonly start: number; readonly count: number } | undefined;
  /** Lines of the dropped records, rising. */
  readonly late: readonly number[];
  /** Whether a further count may be an early one. */
  mayBeEarly(key: number, start: number, end: number, count: number): boolean;
}

export function firingTable(columns: InputColumns, options: WindowOptions, delayMs: number): FiringTable {
  const { keys, keyAt, times, lines } = columns;
  const of = keys.map(() => new KeyWindows(options));
  const late: number[] = [];
  let newest = -Infinity;
  for (let i = 0; i < eventCount(columns); i += 1) {
    const time = times[i] ?? 0;
    const windows = of[keyAt[i] ?? 0];
    windows?.advance(newest - delayMs - 1);
    if (windows?.take(time) === 'late') late.push(lines[i] ?? 0);
    if (time > newest) newest = time;
  }
  for (const windows of of) windows.advance(Infinity);
  return {
    ...summed(of.map(({ rows }) => rows)),
    late: late.sort((a, b) => a - b),
    mayBeEarly: earlyOf(columns, options),
  };
}

/** The windows of one key. */
class KeyWindows {
  readonly rows: Rows = [];
  readonly #options: WindowOptions;
  #live: Live[] = [];
  #watermark = -Infinity;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Windows of a key have nothing to do with each other: each for itself is enough. */
  advance(watermark: number): void {
    if (watermark <= this.#watermark) return;
    this.#watermark = watermark;
    for (const window of this.#live) this.#fireUpTo(window, watermark);
    this.#live = this.#live.filter((window) => this.#goneAt(window) > watermark);
  }

  take(time: number): 'taken' | 'late' | 'in-no-window' {
    let taken = false;
    for (const [start, end] of windowsOf(time, this.#options)) taken = this.#into(start, end, time) || taken;
    if (taken) return 'taken';
    return time + this.#options.latenessMs <= this.#watermark ? 'late' : 'in-no-window';
  }

  #into(start: number, end: number, time: number): boolean {
    const found = this.#windowFor(start, end);
    if (this.#goneAt(found.window) <= this.#watermark) return false;
    const { window, absorbed } = found;
    if (!this.#live.includes(window)) this.#live = [...this.#live.filter((one) => !absorbed.includes(one)), window];
    window.count += 1;
    this.#atRecord(window, time);
    return true;
  }

  /** The window itself; of sessions, what it and those that it touches become. */
  #windowFor(start: number, end: number): { readonly window: Live; readonly absorbed: readonly Live[] } {
    const isSession = this.#options.sessionMs !== undefined;
    const met = this.#live.filter((one) =>
      isSession ? one.start <= end && one.end >= start : one.start === start && one.end === end,
    );
    const all = {
      start: Math.min(start, ...met.map((one) => one.start)),
      end: Math.max(end, ...met.map((one) => one.end)),
    };
    const same = met.find((one) => one.start === all.start && one.end === all.end);
    if (same !== undefined) return { window: same, absorbed: [] };
    const next = met.flatMap((one) => (one.next === undefined ? [] : [one.next]));
    const window: Live = {
      ...all,
      count: met.reduce((sum, one) => sum + one.count, 0),
      since: met.reduce((sum, one) => sum + one.since, 0),
      onTime: next.some((at) => at === all.end - 1),
      next: next.length === 0 ? undefined : Math.min(...next),
    };
    return { window, absorbed: met };
  }

  #atRecord(window: Live, time: number): void {
    const { trigger } = this.#options;
    if (trigger?.kind === 'count') {
      window.since += 1;
      if (window.since < trigger.count) return;
      window.since = 0;
      return this.#fire(window);
    }
    if (window.end - 1 <= this.#watermark) return this.#fire(window);
    window.onTime = true;
    if (trigger?.kind === 'continuous') window.next ??= nextFiring(time - (time % trigger.everyMs), window, trigger);
  }

  #fireUpTo(window: Live, watermark: number): void {
    const { trigger } = this.#options;
    const last = window.end - 1;
    while (
      trigger?.kind === 'continuous' &&
      window.next !== undefined &&
      window.next <= watermark &&
      window.next < last
    ) {
      this.#fire(window);
      window.next = nextFiring(window.next, window, trigger);
      // The timer of the end is set anew, also if the end has been and the window was only kept for late records.
      window.onTime ||= window.next === last;
    }
    if (!window.onTime || last > watermark) return;
    window.onTime = false;
    this.#fire(window);
  }

  #fire({ start, end, count }: Live): void {
    this.rows.push(start, end, count);
  }

  #goneAt({ end }: Live): number {
    return end - 1 + this.#options.latenessMs;
  }
}

function nextFiring(from: number, { end }: Live, { everyMs }: Extract<InputTrigger, { readonly kind: 'continuous' }>) {
  return Math.min(from + everyMs, end - 1);
}

function* windowsOf(time: number, options: WindowOptions): Generator<readonly [start: number, end: number], void> {
  const { windowMs, slideMs = windowMs, sessionMs, offsetMs } = options;
  if (sessionMs !== undefined) yield [time, time + sessionMs];
  else {
    const latest = windowStart(time, { offsetMs, windowMs: slideMs });
    for (let start = latest; start > time - windowMs; start -= slideMs) yield [start, start + windowMs];
  }
}

function summed(rows: readonly Rows[]): Pick<FiringTable, 'rows' | 'firings' | 'panes' | 'largest'> {
  let [firings, panes] = [0, 0];
  let largest: FiringTable['largest'];
  for (const [key, ofKey] of rows.entries()) {
    const windows = new Set<string>();
    for (const [start, end, count] of triples(ofKey)) {
      firings += 1;
      windows.add(`${start} ${end}`);
      if (largest === undefined || count > largest.count) largest = { key, start, count };
    }
    panes += windows.size;
  }
  return { rows, firings, panes, largest };
}

export function* triples(rows: Rows): Generator<readonly [start: number, end: number, count: number], void> {
  for (let at = 0; at < rows.length; at += 3) yield [rows[at] ?? 0, rows[at + 1] ?? 0, rows[at + 2] ?? 0];
}

/** No window has counted more records than the key has in its span, whenever it has fired. */
function earlyOf({ keyAt, times }: InputColumns, { trigger }: WindowOptions): FiringTable['mayBeEarly'] {
  if (trigger?.kind !== 'earlyAndLate') return () => false;
  const byKey = new Map<number, number[]>();
  for (const [i, key] of keyAt.entries()) {
    const ofKey = byKey.get(key) ?? [];
    byKey.set(key, ofKey);
    ofKey.push(times[i] ?? 0);
  }
  return (key, start, end, count) =>
    count >= 1 && count <= (byKey.get(key) ?? []).filter((time) => time >= start && time < end).length;
}
