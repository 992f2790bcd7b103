/**
 * What a campaign says as a whole. A function of the set of results: workers and order do not matter.
 */
import { job } from '../laws/job.ts';
import type { Violation } from '../outcome.ts';
import { signatureOf } from '../outcome.ts';
import { hashText } from '../../sim/kernel/digest.ts';
import type { JobTrait } from '../marks/traits.ts';
import type { RunRow } from './campaign.ts';

/** A declared interesting state: reached in about 1 of `rarity` runs. */
export interface MarkInfo {
  readonly name: string;
  readonly rarity: number;
  /** What a job must have to reach it; absent: any job can. */
  readonly needs?: readonly JobTrait[];
  /** It need not be reached. */
  readonly optional?: boolean;
}

export interface Distribution {
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

export interface Summary {
  readonly runs: number;
  readonly passed: number;
  readonly refused: number;
  readonly failed: number;
  readonly inconclusive: number;
  /** More of them than a campaign may have: it asks for what cannot be had. */
  readonly tooManyRefused: boolean;
  readonly distinctDigests: number;
  /** Over the digests of all runs in plan order: equal for equal campaigns with any number of workers. */
  readonly digest: string;
  readonly scenarios: readonly { readonly id: string; readonly runs: number }[];
  /** Incidents that happened, by kind, in order of kind. */
  readonly incidents: readonly { readonly kind: string; readonly count: number }[];
  readonly marks: readonly MarkCount[];
  /** Per run. */
  readonly records: Distribution;
  readonly checkpoints: Distribution;
  readonly restores: Distribution;
  readonly inFlightBytes: Distribution;
  readonly disciplines: readonly Share[];
  readonly parallelisms: readonly Share[];
  readonly topologies: readonly Share[];
  /** Runs whose barriers may overtake, and those of them that have in-flight records in a completed checkpoint. */
  readonly overtaking: number;
  readonly overtakingWithData: number;
  /** Runs with at least one restore from a completed checkpoint that processed a record. */
  readonly restored: number;
  readonly events: number;
  readonly slowest: RunRow | undefined;
  /** Runs that were done twice, and those whose digests differ. */
  readonly repeated: number;
  readonly different: readonly RunRow[];
  /** Runs that were compared with variants of their plan, and those that committed another output. */
  readonly compared: number;
  readonly unequal: readonly RunRow[];
  /** By signature: the one that was met first comes first. */
  readonly failures: readonly FailureGroup[];
  /** Reasons of refused and inconclusive runs, by frequency. */
  readonly reasons: readonly { readonly reason: string; readonly count: number; readonly first: RunRow }[];
}
export interface Share {
  readonly name: string;
  readonly runs: number;
}
export interface MarkCount extends MarkInfo {
  /** Runs that reached it. */
  readonly reached: number;
  /** Runs of jobs that can reach it. */
  readonly able: number;
  /** Not reached although ten times as many runs as its rarity says have been done of jobs that can. */
  readonly missing: boolean;
}
export interface FailureGroup {
  readonly signature: string;
  readonly violation: Violation;
  readonly first: RunRow;
  readonly runs: number;
}

function isFaultOfJob({ violations }: RunRow): boolean {
  return violations.some(({ law }) => law === job.name);
}

/** Refused runs above this share say that the campaign asks for what cannot be had. */
const REFUSED_SHARE_MAX = 0.05;

export function summarize(results: readonly RunRow[], catalogue: readonly MarkInfo[]): Summary {
  const ordered = [...results].sort((a, b) => a.run - b.run);
  const verdicts = countBy(ordered.map(({ verdict }) => verdict));
  const twice = ordered.filter(({ digestAgain }) => digestAgain !== undefined);
  const overtaking = ordered.filter(({ mix }) => mix.discipline === 'unaligned' || mix.discipline === 'timeout');
  return {
    runs: ordered.length,
    passed: verdicts.get('pass') ?? 0,
    refused: verdicts.get('refused') ?? 0,
    failed: verdicts.get('fail') ?? 0,
    inconclusive: verdicts.get('inconclusive') ?? 0,
    tooManyRefused: (verdicts.get('refused') ?? 0) > ordered.length * REFUSED_SHARE_MAX,
    distinctDigests: new Set(ordered.map(({ digest }) => digest)).size,
    digest: (ordered.reduce((folded, { digest }) => hashText(digest, folded), 0) >>> 0).toString(16).padStart(8, '0'),
    scenarios: byName(countBy(ordered.map(({ scenario }) => scenario))).map(([id, runs]) => ({ id, runs })),
    incidents: incidentCounts(ordered),
    marks: markCounts(ordered, catalogue),
    records: distribution(ordered.map(({ counters }) => counters.sourceRecords)),
    checkpoints: distribution(ordered.map(({ counters }) => counters.checkpointsCompleted)),
    restores: distribution(ordered.map(({ counters }) => counters.restores)),
    inFlightBytes: distribution(overtaking.map(({ counters }) => counters.inFlightBytes)),
    disciplines: shares(ordered, ({ mix }) => mix.discipline),
    parallelisms: shares(ordered, ({ mix }) => String(mix.parallelism)),
    topologies: shares(ordered, ({ mix }) => mix.topology),
    overtaking: overtaking.length,
    overtakingWithData: overtaking.filter(({ counters }) => counters.inFlightRecords > 0).length,
    restored: ordered.filter(({ counters }) => counters.restores > 0).length,
    events: ordered.reduce((sum, { counters }) => sum + counters.events, 0),
    slowest: slowestOf(ordered),
    repeated: twice.length,
    // A job that breaks its own law may do so in other words each time, such as the values of a counter: that is not ours.
    different: twice.filter((row) => row.digest !== row.digestAgain && !isFaultOfJob(row)),
    compared: ordered.filter(({ compared }) => compared > 0).length,
    unequal: ordered.filter(({ difference }) => difference !== undefined),
    failures: failureGroups(ordered),
    reasons: reasonCounts(ordered),
  };
}

/** Exit code of a campaign: not deterministic 5, a law broke 1, inconclusive 3, held 0. */
export function exitCodeOf(summary: Summary): 0 | 1 | 3 | 5 {
  if (summary.different.length > 0) return 5;
  if (summary.failed > 0 || summary.unequal.length > 0) return 1;
  return summary.runs === 0 || summary.inconclusive > 0 || summary.tooManyRefused ? 3 : 0;
}

/** Nearest rank. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p10: at(0.1), median: at(0.5), p90: at(0.9), max: at(1) };
}

function countBy<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function byName(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function shares(results: readonly RunRow[], nameOf: (result: RunRow) => string): readonly Share[] {
  return byName(countBy(results.map(nameOf))).map(([name, runs]) => ({ name, runs }));
}

function incidentCounts(results: readonly RunRow[]): Summary['incidents'] {
  const counts = new Map<string, number>();
  for (const { counters } of results) {
    for (const [kind, count] of Object.entries(counters.incidents)) counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return byName(counts).map(([kind, count]) => ({ kind, count }));
}

function markCounts(results: readonly RunRow[], catalogue: readonly MarkInfo[]): readonly MarkCount[] {
  const reached = countBy(results.flatMap(({ marks }) => [...marks]));
  return catalogue.map((mark) => {
    const { name, rarity, needs = [], optional = false } = mark;
    const count = reached.get(name) ?? 0;
    const able = results.filter(({ mix }) => needs.every((trait) => mix.traits.includes(trait))).length;
    const missing = !optional && count === 0 && able >= 10 * rarity;
    return { name, rarity, needs, reached: count, able, missing };
  });
}

function slowestOf(results: readonly RunRow[]): RunRow | undefined {
  let slowest: RunRow | undefined;
  for (const result of results) {
    if (slowest === undefined || result.counters.events > slowest.counters.events) slowest = result;
  }
  return slowest;
}

/** A run counts for the signature of its first violation, the worst one. */
function failureGroups(results: readonly RunRow[]): readonly FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const result of results) {
    const violation = result.verdict === 'fail' ? result.violations[0] : undefined;
    if (violation === undefined) continue;
    const signature = signatureOf(violation);
    const group = groups.get(signature) ?? { signature, violation, first: result, runs: 0 };
    groups.set(signature, { ...group, runs: group.runs + 1 });
  }
  return [...groups.values()];
}

function reasonCounts(results: readonly RunRow[]): Summary['reasons'] {
  const reasons = new Map<string, Summary['reasons'][number]>();
  for (const result of results) {
    if (result.verdict !== 'refused' && result.verdict !== 'inconclusive') continue;
    const reason = `${result.verdict}: ${result.reason ?? 'no reason given'}`;
    const known = reasons.get(reason) ?? { reason, count: 0, first: result };
    reasons.set(reason, { ...known, count: known.count + 1 });
  }
  return [...reasons.values()].sort((a, b) => b.count - a.count || a.first.run - b.first.run);
}
