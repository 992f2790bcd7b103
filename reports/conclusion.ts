/**
 * What a campaign comes to, decided once: exit code, headline, and what is wrong, item by item. The text, the JSON and the
 * JUnit report show it and decide nothing themselves, so that they always agree.
 */
import type { KeptResult } from '../properties/campaign/kept.ts';
import type { Summary } from '../properties/campaign/summary.ts';
import type { Sighting } from '../properties/campaign/sighting.ts';
import { headline } from './summary.ts';
import { count, plural, quoted } from './words.ts';

/** What is wrong beside the failures of the campaign's own runs, which have reports of their own. */
export interface Problem {
  /** One word or two: "marks", "kept". */
  readonly name: string;
  /** `failure`: something is broken. `error`: it is not known whether something is. */
  readonly kind: 'failure' | 'error';
  readonly text: string;
}

export interface Conclusion {
  readonly exitCode: 0 | 1 | 2 | 3 | 5 | 70 | 130;
  readonly headline: string;
  readonly problems: readonly Problem[];
}

export interface Ended {
  readonly summary: Summary;
  /** What the runs of the campaign come to. */
  readonly exitCode: 0 | 1 | 3 | 5;
  readonly kept: readonly KeptResult[];
  /** A gate: states that must be reached, and kept cases that must still apply. */
  readonly isGate: boolean;
  /** A gate that was asked for changes since this commit found none: no run was to be done. */
  readonly unchangedSince?: string;
  readonly interrupted: boolean;
  /** The harness crashed: its message. */
  readonly crash: string | undefined;
  /** It did not go on, because what was given cannot be used: the message says what. */
  readonly badInput?: string | undefined;
  /** Failing runs that were written down, of blocks that did not come to their end. */
  readonly unfinished?: readonly Sighting[];
  /** Of a merged campaign: runs that nobody did, and runs that two machines did differently. */
  readonly missing?: { readonly count: number; readonly first: number | undefined };
  /** Of a merged campaign: machines that did not come to their end, as "2 of 4". What else they would have said is not known. */
  readonly lost?: readonly string[];
  readonly conflicts?: readonly {
    readonly run: number;
    readonly scenario: string;
    readonly seed: string;
    readonly digests: readonly string[];
  }[];
}

export function conclude(given: Ended): Conclusion {
  const isAnswered = isAnsweredByKept(given) || isUnchanged(given);
  const ended = isAnswered ? { ...given, exitCode: 0 as const } : given;
  const { summary, kept, isGate, interrupted, crash, badInput, unfinished = [], conflicts = [], lost = [] } = ended;
  const absent = ended.missing ?? { count: 0, first: undefined };
  const broken = kept.filter(({ answer }) => answer.kind === 'fails' || answer.kind === 'differs');
  const gone = isGate ? kept.filter(({ answer }) => answer.kind === 'no-longer-applies') : [];
  const missing = isGate ? summary.marks.filter((mark) => mark.missing) : [];
  const problems: readonly Problem[] = [
    ...(crash === undefined ? [] : [{ name: 'harness', kind: 'error', text: crash } as const]),
    ...(badInput === undefined ? [] : [{ name: 'input', kind: 'error', text: badInput } as const]),
    ...(interrupted
      ? [{ name: 'completeness', kind: 'error', text: 'interrupted: what was not run is not known' } as const]
      : []),
    ...[...broken, ...gone].map(
      ({ file, keptFor, replay, answer }) =>
        ({
          name: `kept: ${keptFor}`,
          kind: 'failure',
          text: `${KEPT_WORDS[answer.kind]}: ${answer.signature}: ${answer.detail}\nkept in ${file}\n${replay}`,
        }) as const,
    ),
    ...conflicts.map(
      ({ run, scenario, seed, digests }) =>
        ({
          name: `determinism: run ${count(run)}`,
          kind: 'failure',
          text: `two machines did it differently (${digests.join(', ')}): ${quoted(scenario)} --seed ${quoted(seed)}`,
        }) as const,
    ),
    ...(absent.count > 0
      ? [
          {
            name: 'completeness',
            kind: 'error',
            text: `${plural(absent.count, 'run')} missing, the first is number ${count(absent.first ?? 0)}: a file of a shard is`,
          } as const,
        ]
      : []),
    ...(lost.length > 0
      ? [{ name: 'completeness', kind: 'error', text: `${lostInWords(lost)} did not come to an end` } as const]
      : []),
    ...unfinished.map(
      ({ scenario, seed, signatures }) =>
        ({
          name: `met: ${signatures[0] ?? ''}`,
          kind: 'failure',
          text: `met when the campaign ended, and written down: ${quoted(scenario)} --seed ${quoted(seed)}`,
        }) as const,
    ),
    ...missing.map(
      ({ name, rarity }) =>
        ({
          name: `marks: ${name}`,
          kind: 'failure',
          text: `should be reached in 1 of ${count(rarity)} runs, and never was`,
        }) as const,
    ),
    ...(summary.failures.length === 0 && ended.exitCode === 3
      ? [{ name: 'verdicts', kind: 'error', text: headline(summary) } as const]
      : []),
  ];
  const beside = [
    ...(unfinished.length > 0 ? [`${plural(unfinished.length, 'failing run')} met when the campaign ended`] : []),
    ...(broken.length > 0
      ? [`${plural(broken.length, 'kept failure')} ${broken.length === 1 ? 'fails' : 'fail'} again`]
      : []),
    ...(gone.length > 0
      ? [`${plural(gone.length, 'kept case')} no longer ${gone.length === 1 ? 'applies' : 'apply'}`]
      : []),
    ...(missing.length > 0 ? [`${plural(missing.length, 'interesting state')} never reached`] : []),
  ];
  return { exitCode: exitCodeOf(ended, beside.length > 0), headline: headlineOf(ended, beside), problems };
}

function lostInWords(lost: readonly string[]): string {
  return `${lost.length === 1 ? 'shard' : 'shards'} ${lost.join(', ')}`;
}

/** Nothing but what was kept was asked for, and some of that has an answer. */
function isAnsweredByKept({ summary, kept }: Ended): boolean {
  return summary.runs === 0 && kept.some(({ answer }) => answer.kind !== 'no-longer-applies');
}

function isUnchanged({ summary, unchangedSince }: Ended): boolean {
  return summary.runs === 0 && unchangedSince !== undefined;
}

const KEPT_WORDS = {
  fails: 'still fails',
  differs: 'fails in another way',
  passes: 'passes now',
  'no-longer-applies': 'no longer applies',
} as const;

function exitCodeOf(ended: Ended, isRedBeside: boolean): Conclusion['exitCode'] {
  const { exitCode, interrupted, crash, badInput, conflicts = [] } = ended;
  if (crash !== undefined) return 70;
  if (badInput !== undefined) return 2;
  if (interrupted) return 130;
  if (exitCode === 5 || conflicts.length > 0) return 5;
  if (exitCode === 1 || isRedBeside) return 1;
  return gapsOf(ended).length > 0 ? 3 : exitCode;
}

/** Of a merged campaign. */
function gapsOf({ missing, lost = [] }: Ended): readonly string[] {
  return [
    ...(missing === undefined || missing.count === 0 ? [] : [`${plural(missing.count, 'run')} missing`]),
    ...(lost.length === 0 ? [] : [`${lostInWords(lost)} not to the end`]),
  ];
}

function headlineOf(ended: Ended, beside: readonly string[]): string {
  const { summary, exitCode, interrupted, crash, badInput } = ended;
  const passing = ended.kept.filter(({ answer }) => answer.kind === 'passes').length;
  const keptPass = `${plural(passing, 'kept failure')} ${passing === 1 ? 'passes' : 'pass'} now`;
  const own = isUnchanged(ended)
    ? `HELD  only text differs from ${ended.unchangedSince ?? ''}, so no campaign; ${keptPass}`
    : isAnsweredByKept(ended)
      ? `HELD  ${keptPass}`
      : headline(summary);
  if (crash !== undefined) return `CRASHED  no verdict; until then: ${own}`;
  if (badInput !== undefined) return `BAD INPUT  no verdict; until then: ${own}`;
  if (interrupted) return `INTERRUPTED  after ${plural(summary.runs, 'run')}; until then: ${own}`;
  const { conflicts = [] } = ended;
  const gaps = gapsOf(ended);
  if (conflicts.length > 0) return `NOT DETERMINISTIC  machines differ in ${plural(conflicts.length, 'run')}; ${own}`;
  if (gaps.length > 0 && exitCode !== 1 && exitCode !== 5 && beside.length === 0) {
    return `INCONCLUSIVE  ${gaps.join(', ')}; of the others: ${own}`;
  }
  if (beside.length === 0) return own;
  return exitCode === 0 || exitCode === 3
    ? `FALSIFIED  ${beside.join(', ')}; this campaign: ${own}`
    : `${own}; ${beside.join(', ')}`;
}
