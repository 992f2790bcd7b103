/** What was read, what the job made of it, and how much of it each run used: so that a person sees that it was understood. */
import { count, percent, plural } from './words.ts';

/** Where everything comes from: see `cli/input`. Times in epoch milliseconds, durations in milliseconds. */
export interface InputReport {
  readonly file: string;
  readonly format: string;
  readonly files: number;
  readonly lines: number;
  readonly skipped: number;
  readonly skippedFirst: readonly string[];
  readonly ambiguous: number;
  readonly timeField: string;
  readonly keyField: string;
  readonly windowMs: number;
  /** Undefined: each window begins where the last one ends. */
  readonly slideMs?: number | undefined;
  /** Sessions, which have no length. */
  readonly sessionMs?: number | undefined;
  /** As the user named it; undefined: at the end of a window. */
  readonly triggerText?: string | undefined;
  readonly offsetMs: number;
  readonly latenessMs: number;
  readonly delayMs: number;
  readonly result: InputFigures;
  readonly run: WholeFigures;
}

/** What the job made of an input, in numbers that a person can compare with what they know of it. */
export interface InputFigures {
  readonly records: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly keys: number;
  /** The keys with the most records, most first. */
  readonly busiestKeys: readonly { readonly key: string; readonly records: number }[];
  /** Windows of a key that committed a count. */
  readonly panes: number;
  /** Committed counts: more than panes, if late records made some fire again. */
  readonly counts: number;
  readonly largestPane: { readonly key: string; readonly start: number; readonly count: number } | undefined;
  readonly late: number;
  /** Records behind a newer one. */
  readonly outOfOrder: number;
  /** How far the one that is furthest behind is. */
  readonly mostBehindMs: number;
}

interface WholeFigures {
  readonly verdict: string;
  readonly kills: number;
  readonly checkpoints: number;
  readonly restores: number;
  readonly seconds: number;
  readonly withLaws: boolean;
  /** The command that does this run again. */
  readonly replay: string;
}

export function inputReport(report: InputReport): string {
  const { file, format, files, lines, result, run } = report;
  const many = files > 1 ? ` in ${plural(files, 'file')}` : '';
  return [
    `INPUT  ${file}: ${plural(result.records, 'record')}${many}, ${format}, ${plural(lines, 'line')}`,
    ...skippedLines(report),
    row(
      'time',
      `${report.timeField}: ${iso(result.minMs)} to ${iso(result.maxMs)} (${duration(result.maxMs - result.minMs)})`,
    ),
    ...(report.ambiguous === 0
      ? []
      : [row('', `${plural(report.ambiguous, 'time')} that the clocks of the zone show twice, taken as the first`)]),
    row('order', orderInWords(result)),
    row('key', `${report.keyField}: ${plural(result.keys, 'key')}, ${keysInWords(result)}`),
    row('windows', windowsInWords(report)),
    row('late', lateInWords(report)),
    row('whole run', runInWords(report)),
    row('', run.replay),
  ].join('\n');
}

const row = (title: string, text: string): string => `  ${title.padEnd(13)}${text}`;

function skippedLines({ skipped, skippedFirst }: InputReport): readonly string[] {
  if (skipped === 0) return [];
  return [
    row('skipped', `${plural(skipped, 'bad line')}${skipped > skippedFirst.length ? ', the first of them' : ''}`),
    ...skippedFirst.map((line) => row('', line)),
  ];
}

function orderInWords({ records, outOfOrder, mostBehindMs }: InputFigures): string {
  if (outOfOrder === 0) return 'every record is at least as new as all before it';
  return `${percent(outOfOrder, records)} of the records come behind a newer one, by at most ${duration(mostBehindMs)}`;
}

const KEY_SHOWN = 24;
const keyInWords = (key: string): string =>
  JSON.stringify(key.length > KEY_SHOWN ? `${key.slice(0, KEY_SHOWN)}...` : key);

function keysInWords({ busiestKeys, keys }: InputFigures): string {
  const listed = busiestKeys.map(({ key, records }) => `${keyInWords(key)} ${count(records)}`).join(', ');
  return keys > busiestKeys.length ? `most records: ${listed}` : listed;
}

function windowsInWords({ windowMs, slideMs, sessionMs, triggerText, offsetMs, result }: InputReport): string {
  const { panes, counts, largestPane } = result;
  const every = slideMs === undefined ? '' : ` every ${duration(slideMs)}`;
  const length =
    sessionMs === undefined ? `of ${duration(windowMs)}${every}` : `sessions with a gap of ${duration(sessionMs)}`;
  const trigger = triggerText === undefined ? '' : `, by ${triggerText}`;
  const offset = (offsetMs === 0 ? '' : ` with offset ${duration(offsetMs)}`) + trigger;
  const which = triggerText === undefined ? ' with those of late records' : '';
  const again = counts > panes ? `, ${count(counts)} counts${which}` : '';
  const largest =
    largestPane === undefined
      ? ''
      : `; the largest is ${keyInWords(largestPane.key)} from ${iso(largestPane.start)}: ${count(largestPane.count)}`;
  return `${length}${offset}: ${plural(panes, 'pane')}${again}${largest}`;
}

function lateInWords({ delayMs, latenessMs, result }: InputReport): string {
  const { late, records, mostBehindMs } = result;
  const lateness = latenessMs === 0 ? '' : ` and an allowed lateness of ${duration(latenessMs)}`;
  const none = late === 0 ? '' : `; none would be late with a delay of ${duration(mostBehindMs)}`;
  return `${plural(late, 'record')} (${percent(late, records)}) with a watermark delay of ${duration(delayMs)}${lateness}${none}`;
}

function runInWords({ result, run }: InputReport): string {
  const judged = run.withLaws ? 'every law, and a plain count of the file' : 'a plain count of the file';
  const verdict = run.verdict === 'pass' ? `as ${judged} says` : run.verdict;
  return `all ${plural(result.records, 'record')}, ${plural(run.kills, 'kill')}, ${plural(run.checkpoints, 'checkpoint')}, ${plural(run.restores, 'restore')}, ${run.seconds.toFixed(1)} s: ${verdict}`;
}

/** Without the parts that are zero at its end. */
function iso(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/:00\.000Z$/, 'Z')
    .replace(/\.000Z$/, 'Z');
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** The two largest units: 6 d 23 h. */
function duration(ms: number): string {
  if (ms === 0) return '0 ms';
  const sign = ms < 0 ? '-' : '';
  let left = Math.abs(ms);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const n = Math.floor(left / size);
    left -= n * size;
    if (n > 0) parts.push(`${count(n)} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return sign + parts.join(' ');
}
