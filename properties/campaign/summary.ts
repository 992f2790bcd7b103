/**
 * What a campaign says as a whole. A function of the set of results: workers, machines and order do not matter. Results are
 * added one by one and forgotten (`tally.ts`), so that a campaign of any length needs the same memory.
 */
import type { Violation } from '../outcome.ts';
import type { JobTrait } from '../marks/traits.ts';
import type { RunRow, Unjudged } from './campaign.ts';

/** A declared interesting state: reached in about 1 of `rarity` runs. */
export interface MarkInfo {
  readonly name: string;
  readonly rarity: number;
  /** What a job must have to reach it; absent: any job can. */
  readonly needs?: readonly JobTrait[];
  /** It need not be reached. */
  readonly optional?: boolean;
}

/** What a campaign says of a law of ours. */
export interface LawInfo {
  readonly name: string;
  readonly compares: string;
  readonly notInBatch: string | undefined;
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
  /** Counted up to `DIGESTS_MAX`. */
  readonly distinctDigests: number;
  /** A sum over number and digest of each run: equal for equal campaigns with any number of workers, and on any machines. */
  readonly digest: string;
  readonly scenarios: readonly { readonly id: string; readonly runs: number }[];
  /** Scenarios of which no run had a record, with the topics that their jobs read: that all of these passed proves nothing. */
  readonly vacuous: readonly { readonly id: string; readonly runs: number; readonly topics: readonly string[] }[];
  /** Incidents that happened, by kind, in order of kind. */
  readonly incidents: readonly { readonly kind: string; readonly count: number }[];
  readonly marks: readonly MarkCount[];
  /** By name. */
  readonly laws: readonly LawCount[];
  /** Oracles of authors' that say nothing of some runs, and why, by frequency. */
  readonly unjudged: readonly (Unjudged & { readonly runs: number })[];
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
  /** Runs that were done twice, of how many the second time in another process, how many have two digests, the first of those. */
  readonly repeated: number;
  readonly repeatedElsewhere: number;
  readonly differentRuns: number;
  readonly different: readonly RunRow[];
  /** Runs that were compared with variants of their plan, how many committed another output, and the first of those. */
  readonly compared: number;
  readonly unequalRuns: number;
  readonly unequal: readonly RunRow[];
  /** By cause: the one that was met first comes first. */
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
export interface LawCount {
  readonly name: string;
  /** Runs in which it has compared something: of the others it says nothing, however green they are. */
  readonly runs: number;
  /** What it compares, if it was in no run; or why it could not be in any. */
  readonly nothing?: string;
}
export interface FailureGroup {
  readonly signature: string;
  /** Signatures that never come without it, nor it without them: one cause shows in several ways. */
  readonly together: readonly string[];
  readonly violation: Violation;
  readonly first: RunRow;
  readonly runs: number;
}

/** Exit code of a campaign: not deterministic 5, a law broke 1, inconclusive or vacuous 3, held 0. */
export function exitCodeOf(summary: Summary): 0 | 1 | 3 | 5 {
  if (summary.differentRuns > 0) return 5;
  if (summary.failed > 0 || summary.unequalRuns > 0) return 1;
  const isOpen = summary.inconclusive > 0 || summary.tooManyRefused || summary.vacuous.length > 0;
  return summary.runs === 0 || isOpen ? 3 : 0;
}
