/**
 * The run over the whole input: what the engine committed under two kills, compared record by record with a count by plain
 * loops. Up to some size the laws listen, too; beyond it their memory of every turn would be many times the input.
 */
import { rowOf, type RunPlan, type RunRow } from '../../properties/campaign/campaign.ts';
import { expand } from '../../properties/plan/generate.ts';
import type { Violation } from '../../properties/outcome.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { eventCount, type InputColumns } from '../../scenarios/input-events.ts';
import { type FiringTable, firingTable, triples } from '../../scenarios/input-firings.ts';
import {
  isTumbling,
  type Pane,
  type WindowOptions,
  windowTable,
  type WindowTable,
} from '../../scenarios/input-table.ts';
import { COUNTS_TOPIC, LATE_TOPIC } from '../../scenarios/jobs/window-count.ts';
import type { InputFigures } from '../../reports/input.ts';
import { figuresOf, resultOf, type WindowFigures } from './result.ts';

/** With more records than this the run is judged by its end and by what it committed. */
const LAWS_RECORDS_MAX = 100_000;

/** Plain data: a worker sends it. */
export interface WholeRun {
  readonly row: RunRow;
  readonly result: InputFigures;
  readonly delayMs: number;
  /** The laws listened to every turn. */
  readonly withLaws: boolean;
}

export function runWhole(
  scenario: Scenario,
  columns: InputColumns,
  options: WindowOptions,
  seed: string,
  run: RunPlan,
): WholeRun {
  const plan = expand(scenario, seed);
  const delayMs = plan.config['delayMs'] ?? 0;
  const panesOfOne = options.slideMs === undefined ? 1 : Math.ceil(options.windowMs / options.slideMs);
  const withLaws = eventCount(columns) * panesOfOne <= LAWS_RECORDS_MAX;
  const outcome = run(scenario, plan, { laws: withLaws });
  const { committed } = outcome.observed;
  const expected = expectedOf(columns, options, delayMs);
  const difference = outcome.verdict === 'pass' ? expected.differenceOf(committed) : undefined;
  const judged =
    difference === undefined
      ? outcome
      : { ...outcome, verdict: 'fail' as const, violations: [violationOf(difference), ...outcome.violations] };
  return {
    row: rowOf({ number: 0, seed, scenario }, judged),
    result: resultOf(columns, expected.figures),
    delayMs,
    withLaws,
  };
}

/** What must be committed, and what a person may want to know of it. */
function expectedOf(
  columns: InputColumns,
  options: WindowOptions,
  delayMs: number,
): {
  readonly figures: WindowFigures;
  differenceOf(committed: Readonly<Record<string, readonly unknown[]>>): Difference | undefined;
} {
  if (isTumbling(options)) {
    const table = windowTable(columns, options, delayMs);
    return {
      figures: figuresOf(table),
      differenceOf: (committed) => differenceOf(table, columns, options, committed),
    };
  }
  const table = firingTable(columns, options, delayMs);
  return {
    figures: table,
    differenceOf: (committed) => firingsDifference(table, columns, committed),
  };
}

interface Difference {
  readonly anomaly: 'counts' | 'late';
  readonly topic: string;
  readonly what: string;
  readonly expected: string;
  readonly committed: string;
}

function violationOf({ anomaly, topic, what, expected, committed }: Difference): Violation {
  return {
    law: 'input-table',
    anomaly,
    place: topic,
    message: `the committed output is not what a plain count of the input gives: ${what}`,
    evidence: [
      { kind: 'text', label: 'expected', text: expected },
      { kind: 'text', label: 'actual', text: committed },
    ],
    atUs: 0,
  };
}

/** The first difference; undefined: what is committed is exactly what the table says. */
export function differenceOf(
  table: WindowTable,
  { keys }: InputColumns,
  { windowMs }: WindowOptions,
  committed: Readonly<Record<string, readonly unknown[]>>,
): Difference | undefined {
  const counts = (committed[COUNTS_TOPIC] ?? []) as readonly WindowCount[];
  return (
    countsDifference(table, keys, windowMs, counts) ??
    lateDifference(table, (committed[LATE_TOPIC] ?? []) as readonly { readonly line: number }[])
  );
}

/** The same of windows of another kind: each count of each key, as often as it is there. */
export function firingsDifference(
  table: FiringTable,
  { keys }: InputColumns,
  committed: Readonly<Record<string, readonly unknown[]>>,
): Difference | undefined {
  const counts = (committed[COUNTS_TOPIC] ?? []) as readonly WindowCount[];
  return (
    rowsDifference(table, keys, counts) ??
    lateDifference(table, (committed[LATE_TOPIC] ?? []) as readonly { readonly line: number }[])
  );
}

function rowsDifference(
  { rows, firings, mayBeEarly }: FiringTable,
  keys: readonly string[],
  counts: readonly WindowCount[],
): Difference | undefined {
  const keyNumbers = new Map(keys.map((key, i) => [key, i]));
  const of = keys.map((): number[] => []);
  const differs = (what: string, expected: string, found: string): Difference => ({
    anomaly: 'counts',
    topic: COUNTS_TOPIC,
    what,
    expected,
    committed: found,
  });
  for (const { key, start, end, count } of counts) {
    const ofKey = of[keyNumbers.get(key) ?? -1];
    if (ofKey === undefined) return differs('a key that the input has not', 'none', `key ${key}`);
    ofKey.push(start, end, count);
  }
  for (const [key, ofKey] of of.entries()) {
    const due = new Map<string, number>();
    for (const row of triples(rows[key] ?? [])) due.set(row.join(' '), (due.get(row.join(' ')) ?? 0) + 1);
    for (const row of triples(ofKey)) {
      const [start, end, count] = row;
      const left = due.get(row.join(' ')) ?? 0;
      if (left > 1) due.set(row.join(' '), left - 1);
      else if (left === 1) due.delete(row.join(' '));
      else if (!mayBeEarly(key, start, end, count))
        return differs(
          'a count too many',
          'none',
          `count ${count} of key ${keys[key] ?? ''}, window ${start} to ${end}`,
        );
    }
    const [missing] = due.keys();
    if (missing === undefined) continue;
    const [start, end, count] = missing.split(' ');
    const what = `count ${count ?? ''} of key ${keys[key] ?? ''}, window ${start ?? ''} to ${end ?? ''}`;
    return differs('a count is missing', what, `${counts.length} counts of ${firings}`);
  }
  return undefined;
}

interface WindowCount {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

function countsDifference(
  { panes, paneOf, firings }: WindowTable,
  keys: readonly string[],
  windowMs: number,
  counts: readonly WindowCount[],
): Difference | undefined {
  const differs = (what: string, expected: string, found: string): Difference => ({
    anomaly: 'counts',
    topic: COUNTS_TOPIC,
    what,
    expected,
    committed: found,
  });
  const keyNumbers = new Map(keys.map((key, i) => [key, i]));
  const fired = new FiredPanes();
  for (const { key, start, end, count } of counts) {
    const pane = paneOf(keyNumbers.get(key) ?? -1, start);
    const found = `count ${count} of key ${key}, window ${start} to ${end}`;
    if (pane === undefined || end !== start + windowMs) return differs('a window that it has not', 'none', found);
    const isOne = count >= Math.max(1, pane.onTime) && count <= pane.onTime + pane.again;
    if (!isOne) return differs('another count', countsOf(pane), found);
    if (!fired.add(pane, count)) return differs('a count twice', countsOf(pane), `twice ${found}`);
  }
  if (counts.length === firings) return undefined;
  const missing = panes.find((pane) => fired.times(pane) < firingsOf(pane));
  const where = missing === undefined ? '' : `: key ${keys[missing.key] ?? ''}, window from ${missing.start}`;
  return differs(`counts are missing${where}`, `${firings} counts`, `${counts.length}`);
}

/** Which counts a pane has fired with. Most panes fire once: a set for each of a million would be larger than they are. */
class FiredPanes {
  readonly #once = new Set<Pane>();
  readonly #more = new Map<Pane, Set<number>>();

  /** False: it has fired with this count before. */
  add(pane: Pane, count: number): boolean {
    if (firingsOf(pane) === 1) {
      const isNew = !this.#once.has(pane);
      this.#once.add(pane);
      return isNew;
    }
    const counts = this.#more.get(pane) ?? new Set();
    const isNew = !counts.has(count);
    this.#more.set(pane, counts.add(count));
    return isNew;
  }

  times(pane: Pane): number {
    return this.#once.has(pane) ? 1 : (this.#more.get(pane)?.size ?? 0);
  }
}

/** On time a pane fires once, with all that have come; each late record that it still takes makes it fire again. */
function firingsOf({ onTime, again }: Pane): number {
  return (onTime > 0 ? 1 : 0) + again;
}

function countsOf({ onTime, again }: Pane): string {
  const from = Math.max(1, onTime);
  return again === 0 || onTime + again === from ? `count ${from}` : `counts ${from} to ${onTime + again}, each once`;
}

function lateDifference(
  { late }: Pick<WindowTable, 'late'>,
  committed: readonly { readonly line: number }[],
): Difference | undefined {
  const lines = committed.map(({ line }) => line).sort((a, b) => a - b);
  const at = late.findIndex((line, i) => lines[i] !== line);
  if (at < 0 && lines.length === late.length) return undefined;
  const from = at < 0 ? late.length : at;
  const found = lines[from];
  return {
    anomaly: 'late',
    topic: LATE_TOPIC,
    what: `${lines.length} late records instead of ${late.length}`,
    expected: late[from] === undefined ? 'no further one' : `line ${late[from]}`,
    committed: found === undefined ? 'no further one' : `line ${found}`,
  };
}
