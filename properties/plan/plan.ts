/**
 * The plan: everything that a run depends on, as one typed value. Seeds only ever produce plans.
 * Types only; generation is in `generate.ts`, fast-check arbitraries in `arbitrary.ts`, validation in `schema.ts`.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { ChoicesSpec } from '../../sim/kernel/types.ts';

export interface Plan {
  readonly scenario: string;
  /** Every knob of `knobs.ts` that differs from its calm default, by name; and the scenario's own parameters. */
  readonly config: Readonly<Record<string, number>>;
  readonly workload: WorkloadPlan;
  readonly incidents: readonly Incident[];
  readonly choices: ChoicesSpec;
}

export type WorkloadPlan =
  /** Expanded by the scenario's own generator: `count` records from `seed`. */
  | { readonly kind: 'generated'; readonly seed: string; readonly count: number }
  /** Every record written out, by topic and partition. */
  | { readonly kind: 'explicit'; readonly topics: Topics };
/**
 * topic -> partition -> records in order of offset.
 *
 * `R` is the record type of each topic: `Topics<{ bids: Bid }>` in a scenario, any in what takes any scenario.
 */
export type Topics<R extends object = Readonly<Record<string, unknown>>> = {
  readonly [Name in keyof R]: readonly (readonly Required<R>[Name][])[];
};

/** A state, by uid of its operator, that a version of the job cannot read. */
export interface Refusal {
  readonly operator: string;
  readonly state: string;
}

/** Which checkpoint a job starts from that is not its own: files that a run of a plan has left, and how they are used. */
export interface RestoreFrom {
  /** The run that took it, to the letter: it is done again up to there, and so says what the files have to hold. */
  readonly plan: Plan;
  /** Of the job that took it, from 1. */
  readonly version: number;
  /** Of the job that starts from it. */
  readonly startsAs: number;
  readonly attempt: number;
  readonly checkpoint: number;
  /** By the names that the object store gave them, those of the metadata included. */
  readonly metadata: string;
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** The job owns it from now on. */
  readonly claim: boolean;
  readonly allowNonRestoredState: boolean;
}

/** What a scenario builds from a plan. Pure: the same plan, the same workload. */
export interface Workload {
  readonly job: JobSpec;
  /** What the source topics hold; encoded with the sources' types. */
  readonly topics: Topics;
  /** By name, the external services that the job asks: a function of the request, with values as the job declares them. */
  readonly services?: Readonly<Record<string, (request: unknown) => unknown>>;
  /** Declared by the author: the output is a function of the input alone. */
  readonly confluent: boolean;
  /**
   * A mistake of the job, such as an error that one of its functions throws, fails an attempt and the job starts again,
   * instead of failing the run at once: for jobs that throw on purpose. If the job never ends for it, the run fails.
   */
  readonly restartOnJobFaults?: boolean;
  /** This version starts without the state of operators that it does not have; default: that is an error. */
  readonly allowNonRestoredState?: boolean;
  /**
   * Of a version that cannot read a state of the one before, by plan: it has to be refused where it finds such state, and the run
   * is refused then.
   */
  readonly refuses?: Refusal;
  /**
   * Of a version whose job has another name: it is a fork, which starts from the savepoint that the version before was stopped
   * with, and whose sinks have uids and topics of their own.
   */
  readonly fork?: {
    /** The savepoint becomes the fork's own. */
    readonly claim: boolean;
    /** Somebody has moved it to another place before. */
    readonly moved: boolean;
    /** Its owner deletes it once a checkpoint of the fork is complete, unless the fork has claimed it. Default: false. */
    readonly deletesOriginal?: boolean;
  };
}
