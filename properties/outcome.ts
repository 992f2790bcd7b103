/**
 * What a run says. Types only.
 */
import type { CheckpointStats } from '../core/facts.ts';
import type { Evidence } from './evidence.ts';

export type Verdict = 'pass' | 'refused' | 'fail' | 'inconclusive';

/** A law that does not hold. `law/anomaly/place` is the signature that shrinking keeps. */
export interface Violation {
  /** The law's name: "sinks". */
  readonly law: string;
  /** What kind of breach: "duplicate", "lost", "order". From the law's closed list. */
  readonly anomaly: string;
  /** An operator uid, an edge "a->b", a topic: nothing that changes from plan to plan. */
  readonly place: string;
  /** One sentence: what broke. */
  readonly message: string;
  /** The smallest evidence: key, window, expected, actual. */
  readonly evidence: Evidence;
  /** Virtual time at which it was found. */
  readonly atUs: number;
}
export function signatureOf(violation: Violation): string {
  return `${violation.law}/${violation.anomaly}/${violation.place}`;
}

export interface Observed {
  /** topic -> committed values in the order in which they became visible, partition by partition. */
  readonly committed: Readonly<Record<string, readonly unknown[]>>;
}

export interface Counters {
  readonly sourceRecords: number;
  readonly events: number;
  readonly draws: number;
  readonly virtualUs: number;
  readonly checkpointsTriggered: number;
  readonly checkpointsCompleted: number;
  readonly checkpointsAborted: number;
  readonly attempts: number;
  /** Attempts that started from a completed checkpoint and processed at least one record. */
  readonly restores: number;
  /** In all completed checkpoints, read from their metadata. */
  readonly inFlightRecords: number;
  readonly inFlightBytes: number;
  /** Records that restored attempts processed from in-flight data. */
  readonly replayedRecords: number;
  /**
   * Processing-time timers that were still to come when the bounded input had ended: they never fire. Read from the model, so
   * 0 in a run without laws.
   */
  readonly pendingProcessingTimers: number;
  readonly incidents: Readonly<Record<string, number>>;
}

/** The oracles that a job's author can state: each is a law of this name. */
export type OracleName = 'output' | 'invariant' | 'stateEndsEmpty' | 'orderedBy' | 'confluent';

/** What an oracle was asked in a run. */
export interface Asked {
  readonly oracle: OracleName;
  /** The topic or operator that it was asked about; `*`: all. */
  readonly place: string;
  /** Records that it has compared; of `stateEndsEmpty`, instances that have had a turn. */
  readonly records: number;
  /** Why it says nothing about this run, if it does not. */
  readonly unjudged: string | undefined;
}

/** What must have happened in some run before passing means anything. */
export interface Vitals {
  /** A completed checkpoint held state or timers of keys, or broadcast state. */
  readonly stateSeen: boolean;
  /** Attempts that started from such a checkpoint. */
  readonly stateRestored: number;
  /** Processes killed behind the first completed checkpoint. */
  readonly killsAfterCheckpoint: number;
  /** Elements that a window operator found late, in any attempt. */
  readonly late: number;
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly violations: readonly Violation[];
  /** Names of the marks reached, sorted. */
  readonly marks: readonly string[];
  /** Names of the laws of ours that have really compared something, sorted; of a run without laws: none. */
  readonly laws: readonly string[];
  readonly counters: Counters;
  /** Every checkpoint and savepoint that came to an end, in that order. */
  readonly checkpoints: readonly CheckpointStats[];
  readonly observed: Observed;
  /** Of a scenario that states oracles. */
  readonly asked?: readonly Asked[];
  /** 16 hex digits: two 32-bit lanes over every event, draw and byte sequence. */
  readonly digest: string;
  /** `inconclusive` and `refused`: why. */
  readonly reason: string | undefined;
  /** Of a job that never ends by itself: what holds event time back for good behind a source, a line each. */
  readonly heldBack?: readonly string[];
}

const NOTHING_COUNTED: Counters = {
  sourceRecords: 0,
  events: 0,
  draws: 0,
  virtualUs: 0,
  checkpointsTriggered: 0,
  checkpointsCompleted: 0,
  checkpointsAborted: 0,
  attempts: 0,
  restores: 0,
  inFlightRecords: 0,
  inFlightBytes: 0,
  replayedRecords: 0,
  pendingProcessingTimers: 0,
  incidents: {},
};

/** Of a run that did not come to its end. */
export const NO_DIGEST = '0'.repeat(16);

/** Of a run of which nobody has counted anything: it did not begin, or its process is gone. `known`: what is known of it. */
export function uncounted(
  known: Partial<Omit<Outcome, 'counters'>> & { readonly counters?: Partial<Counters> },
): Outcome {
  return {
    verdict: 'pass',
    violations: [],
    marks: [],
    laws: [],
    checkpoints: [],
    observed: { committed: {} },
    digest: NO_DIGEST,
    reason: undefined,
    ...known,
    counters: { ...NOTHING_COUNTED, ...known.counters },
  };
}
