/** What a campaign says on a terminal: the verdict first, then what was done, then what was reached. */
import type { RunRow } from '../properties/campaign/campaign.ts';
import type { FailureGroup, LawCount, MarkCount, Summary } from '../properties/campaign/summary.ts';
import { COLUMNS, listed, tabled } from './layout.ts';
import { count, percent, plural, quoted } from './words.ts';

export interface Circumstances {
  readonly seed: string;
  readonly seconds: number;
  readonly workers: number;
  /** It was ended by a signal or a time limit before all runs were done. */
  readonly cutShort: boolean;
  /** What a command that does a run again needs besides scenario and seed; begins with a blank unless it is empty. */
  readonly replayFlags: string;
  /** The command of the same campaign; if its seed was drawn for it, so that nobody else knows it. */
  readonly again?: string;
}

/** `first`: the headline, if it is not that of the runs alone. `columns`: of the terminal; lists and tables fit it. */
export function summaryReport(
  summary: Summary,
  circumstances: Circumstances,
  first = headline(summary),
  columns = COLUMNS,
): string {
  const { seed, seconds, workers, cutShort, replayFlags, again } = circumstances;
  const { runs } = summary;
  const perSecond = seconds > 0 ? count(Math.round(runs / seconds)) : '-';
  const scenarios = summary.scenarios.map((of) => `${of.id} ${count(of.runs)}`);
  const incidents = summary.incidents.map((of) => `${of.kind} ${count(of.count)}`);
  const rows = (title: string, items: readonly string[]): readonly string[] =>
    listed(items, columns - TEXT_AT).map((line, index) => row(index === 0 ? title : '', line));
  const lines = [
    first,
    row(
      'runs',
      `${count(runs)} in ${seconds.toFixed(1)} s (${perSecond}/s, ${workersInWords(workers)})${cutShort ? ', cut short' : ''}, seed ${seed}`,
    ),
    ...rows('scenarios', scenarios),
    ...summary.vacuous.map(({ id, topics }) =>
      row('vacuous', `${id}: no record came in topic ${topics.join(', ')}: let its input make some`),
    ),
    ...rows('mix', sharesInWords(summary.disciplines)),
    row('', `parallelism ${sharesInWords(summary.parallelisms).join(', ')}`),
    ...(summary.topologies.length > summary.scenarios.length ? rows('', sharesInWords(summary.topologies)) : []),
    row(
      'verdicts',
      `passed ${count(summary.passed)}, refused ${count(summary.refused)}, failed ${count(summary.failed)}, inconclusive ${count(summary.inconclusive)}`,
    ),
    row(
      'digests',
      `${count(summary.distinctDigests)} distinct, together ${summary.digest}; ${repeatsInWords(summary)}, ${count(summary.differentRuns)} differ`,
    ),
    ...rateLine(summary),
    ...relationLines(summary, replayFlags),
    ...rows('incidents', incidents.length === 0 ? ['none'] : incidents),
    ...distributionLines(summary),
    ...lawLines(summary.laws, runs, columns - TEXT_AT),
    ...unjudgedLines(summary),
    ...markLines(summary.marks, runs, columns - TEXT_AT),
    ...slowestLine(summary, replayFlags),
    ...failureLines(summary, replayFlags),
    ...reasonLines(summary, replayFlags),
    ...differentLines(summary, replayFlags),
    // The last line: it is looked for where the output ends.
    ...(again === undefined ? [] : [row('again', `seed ${seed}: ${again}`)]),
  ];
  return lines.join('\n');
}

function repeatsInWords({ repeated, repeatedElsewhere }: Summary): string {
  const twice = `${plural(repeated, 'run')} done twice`;
  if (repeated === 0) return twice;
  return `${twice} (${repeatedElsewhere === 0 ? 'none' : count(repeatedElsewhere)} in another process)`;
}

/** Fewer runs say nothing about a rate. */
const RUNS_FOR_RATE_MIN = 30;

/**
 * What no failure in N runs says: with 95 % confidence a plan fails with a probability below 3 / N (the rule of three:
 * (1 - p)^N > 5 % iff p < about 3 / N).
 */
function rateLine({ runs, passed }: Summary): readonly string[] {
  if (runs < RUNS_FOR_RATE_MIN || passed < runs) return [];
  return [
    row(
      '',
      `no failure in ${plural(runs, 'run')}: at 95 % confidence fewer than 1 plan in ${count(Math.floor(runs / 3))} fails`,
    ),
  ];
}

/** One line on what a campaign found, for its first line and for a job's log. */
export function headline(summary: Summary): string {
  const { runs, failures, differentRuns, unequalRuns } = summary;
  if (differentRuns > 0)
    return `NOT DETERMINISTIC  ${plural(differentRuns, 'run')} of ${count(summary.repeated)} differ when done twice`;
  if (failures.length === 0 && unequalRuns > 0)
    return `FALSIFIED  ${plural(unequalRuns, 'run')} committed another output than a variant of the plan`;
  if (failures.length > 0) return `FALSIFIED  ${groupsInWords(failures)}`;
  if (runs === 0) return 'INCONCLUSIVE  no run was done';
  if (summary.inconclusive > 0)
    return `INCONCLUSIVE  ${plural(summary.inconclusive, 'run')} of ${count(runs)} came to no verdict`;
  if (summary.tooManyRefused)
    return `INCONCLUSIVE  ${plural(summary.refused, 'run')} of ${count(runs)} refused, see below`;
  if (summary.vacuous.length > 0) {
    const ids = summary.vacuous.map(({ id }) => id).join(', ');
    const of = summary.vacuous.reduce((sum, one) => sum + one.runs, 0);
    return `VACUOUS  ${ids}: ${plural(of, 'run')} broke no law, and that proves nothing: no record was read`;
  }
  return `HELD  every law, in ${plural(runs, 'run')}`;
}

const FAILURES_NAMED = 3;

function groupsInWords(failures: readonly FailureGroup[]): string {
  const named = failures
    .slice(0, FAILURES_NAMED)
    .map(({ signature, runs }) => `${signature} in ${plural(runs, 'run')}`);
  const left = failures.length - named.length;
  return [...named, ...(left > 0 ? [`${count(left)} more signatures`] : [])].join('; ');
}

function sharesInWords(shares: Summary['disciplines']): readonly string[] {
  return shares.map(({ name, runs }) => `${name} ${count(runs)}`);
}

function workersInWords(workers: number): string {
  return workers === 0 ? 'inline' : plural(workers, 'worker');
}

/** The column at which the text of a row begins. */
const TEXT_AT = 15;

function row(title: string, text: string): string {
  return `  ${title.padEnd(TEXT_AT - 2)}${text}`;
}

function distributionLines(summary: Summary): readonly string[] {
  const cells = (values: readonly (number | string)[]): string =>
    values.map((value) => ` ${(typeof value === 'number' ? count(value) : value).padStart(7)}`).join('');
  const of = (title: string, { p10, median, p90, max }: Summary['records']): string =>
    row(title, cells([p10, median, p90, max]));
  return [
    row('per run', cells(['p10', 'median', 'p90', 'max'])),
    of('records', summary.records),
    of('checkpoints', summary.checkpoints),
    of('restores', summary.restores),
    ...(summary.overtaking === 0 ? [] : [of('in flight, B', summary.inFlightBytes)]),
    row(
      '',
      `${percent(summary.restored, summary.runs)} of the runs restored a completed checkpoint and went on from it`,
    ),
    ...(summary.overtaking === 0
      ? []
      : [
          row(
            '',
            `${percent(summary.overtakingWithData, summary.overtaking)} of the runs whose barriers may overtake persisted in-flight records`,
          ),
        ]),
  ];
}

/** More laws without anything to compare than this are named only: of a job of one's own most may be. */
const SILENT_EXPLAINED = 8;

/** A law that had nothing to compare looks as green as one that held. */
function lawLines(laws: readonly LawCount[], runs: number, columns: number): readonly string[] {
  if (laws.length === 0 || runs === 0) return [];
  const compared = laws.filter((law) => law.runs > 0);
  const cells = compared.map((law) => [law.name, percent(law.runs, runs)] as const);
  const mute = laws.filter((law) => law.runs === 0);
  const silent = mute.map(({ name, nothing = '' }) => (mute.length > SILENT_EXPLAINED ? name : `${name} (${nothing})`));
  return [
    row('laws', `${count(compared.length)} of ${count(laws.length)} compared something, in this share of the runs`),
    ...tabled(cells, columns).map((line) => row('', line)),
    ...(silent.length === 0
      ? []
      : [row('', 'had nothing to compare:'), ...listed(silent, columns - 2).map((line) => row('', `  ${line}`))]),
  ];
}

/** What an author has stated was not asked of these runs: green as they are, they say nothing of it. */
function unjudgedLines({ unjudged }: Summary): readonly string[] {
  return unjudged.map(({ oracle, why, runs }, index) =>
    row(index === 0 ? 'unjudged' : '', `\`${oracle}\` in ${plural(runs, 'run')}: ${why}`),
  );
}

function markLines(marks: readonly MarkCount[], runs: number, columns: number): readonly string[] {
  if (marks.length === 0) return [];
  const reached = marks.filter((mark) => mark.reached > 0);
  const missing = marks.filter((mark) => mark.missing);
  const beyond = marks.filter((mark) => mark.able === 0 && mark.reached === 0);
  const early = marks.length - reached.length - missing.length - beyond.length;
  const left = [
    ...(early > 0 ? [`${count(early)} too rare for so few runs`] : []),
    ...(beyond.length > 0 ? [`${count(beyond.length)} beyond what these jobs can reach`] : []),
  ];
  const lines = tabled(
    reached.map((mark) => [mark.name, percent(mark.reached, runs)] as const),
    columns,
  ).map((line) => row('', line));
  return [
    row('marks', [`${count(reached.length)} of ${count(marks.length)} reached`, ...left].join(', ')),
    ...lines,
    ...missing.map((mark) => row('', `MISSING ${mark.name}: should be reached in 1 of ${count(mark.rarity)} runs`)),
  ];
}

function slowestLine({ slowest }: Summary, flags: string): readonly string[] {
  if (slowest === undefined) return [];
  return [row('slowest', `${count(slowest.counters.events)} events: ${replayOf(slowest, flags)}`)];
}

function replayOf({ scenario, seed }: Pick<RunRow, 'scenario' | 'seed'>, flags: string): string {
  return `npx millrace replay ${quoted(scenario)} --seed ${quoted(seed)}${flags}`;
}

const FAILURES_LISTED = 10;

function failureLines({ failures }: Summary, flags: string): readonly string[] {
  return failures
    .slice(0, FAILURES_LISTED)
    .flatMap(({ signature, runs, first, together }, index) => [
      row(index === 0 ? 'failures' : '', `${count(runs)} x ${signature}: ${replayOf(first, flags)}`),
      ...(together.length === 0 ? [] : [row('', `  always together with ${together.join(', ')}`)]),
    ]);
}

function reasonLines({ reasons }: Summary, flags: string): readonly string[] {
  return reasons
    .slice(0, 5)
    .map(({ reason, count: times, first }) => row('', `${count(times)} x ${reason}: ${replayOf(first, flags)}`));
}

function relationLines({ compared, unequal, unequalRuns }: Summary, flags: string): readonly string[] {
  if (compared === 0) return [];
  return [
    row('relations', `${plural(compared, 'run')} compared with a variant of their plan, ${count(unequalRuns)} differ`),
    ...unequal
      .slice(0, 5)
      .map(({ scenario, seed, difference }) =>
        row(
          '',
          `${difference?.relation ?? ''}: ${difference?.topic ?? ''}: ${difference?.what ?? ''} (${difference?.variant ?? ''}): ${replayOf({ scenario, seed }, flags)}`,
        ),
      ),
  ];
}

function differentLines({ different }: Summary, flags: string): readonly string[] {
  return different
    .slice(0, 5)
    .map((result) =>
      row(
        '',
        `run ${count(result.run)}: ${result.digest}, then ${result.againElsewhere === true ? 'in another process' : 'in the same process'} ${result.digestAgain ?? ''}: ${replayOf(result, flags)}`,
      ),
    );
}
