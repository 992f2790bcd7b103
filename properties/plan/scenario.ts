/**
 * The seam of a scenario: a job, its parameters, and how its input is made. Types only (fast-check types included).
 */
import type fc from 'fast-check';
import type { Expectations } from './expects.ts';
import type { Plan, RestoreFrom, Topics, Workload } from './plan.ts';

export type FastCheck = typeof fc;

/** A whole number of the scenario's own, in [min, max]; `calm` is its default. Plans name it in `config`. */
export interface Parameter {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly calm: number;
  /** It chooses between kinds: each is drawn equally often. Default: half of the plans have the calm value. */
  readonly even?: boolean;
}

/**
 * What no job shows as data, since functions declare their states while they run: a scenario says so (`Scenario.has`).
 */
export type DeclaredTrait =
  /** An external service is asked. */
  | 'services'
  /** Keyed state with time to live. */
  | 'time-to-live'
  /** Keyed state of a subtask may outgrow the memory of its backend many times. */
  | 'large-state'
  /** An event-time timer of it sets another one, as it fires, that may be due at once. */
  | 'timers-due-at-once'
  /** A state of it has one in some versions of the job and none in others. */
  | 'time-to-live-by-version'
  /** What windows hold, and what their function and trigger remember, is of another type in another version of the job. */
  | 'windows-by-version'
  /** A version of the job is another job, which starts from a savepoint of the one before. */
  | 'forks'
  /** It runs in batch, too. */
  | 'batch'
  /** Its input begins before 1970 and ends after it, and its windows of event time may be open then. */
  | 'windows-across-zero';

/** `R` is the record type of each source topic, see `Topics`. */
export interface Scenario<R extends object = Readonly<Record<string, unknown>>> {
  readonly id: string;
  /** One sentence: what the job does and what it is good for. */
  readonly states: string;
  readonly parameters: readonly Parameter[];
  /** Whole, >= 1: its share of the runs of a campaign over several scenarios, beside the others'. Default 1. */
  readonly weight?: number;
  /** Versions of the job, oldest first, that an upgrade goes through; default: one. */
  readonly versions?: number;
  /** Pure: the same plan and version, the same workload. `version`: from 1; of later ones only the job is taken. */
  build(plan: Plan, version?: number): Workload;
  /** The input that a seed stands for; `params` holds every parameter. `count` is a wish: a real input has what it has. */
  generate(seed: string, count: number, params: Readonly<Record<string, number>>): Topics<R>;
  /** The plan that a seed stands for, if the scenario does not leave it to the generator: for an input of a size of its own. */
  planOf?(seed: string): Plan;
  /**
   * Its universes go on from a checkpoint: a run of the plan that took it, of `scenario`, comes before. There its processes are
   * stopped; what is started then is this scenario's job, with nothing but these files, savepoints and the broker.
   */
  readonly from?: RestoreFrom & { readonly scenario: Scenario };
  /** Names the topology that a plan chooses, if the scenario has several. */
  shapeOf?(plan: Plan): string;
  /** What its job has for some plans at least and does not show as data: marks that need it are within reach. */
  readonly has?: readonly DeclaredTrait[];
  /** Requests to the object store that a sink of its job makes one after the other before a checkpoint; default none. */
  readonly sinkRequests?: number;
  /** Requests to the disk that a full checkpoint of its largest state makes one after the other, with `lsm`; default: some 200. */
  readonly stateReads?: number;
  /** Panes that a record may be in, at most; default 1. The last watermark fires all that are open, in one turn. */
  readonly panesPerRecord?: number;
  /** With `batch`: plans per 1000 that run so; default 120. */
  readonly batchPer1000?: number;
  /** Some source of its job looks for partitions that are added while it runs: in plans of it some are. */
  readonly grows?: boolean;
  /** What every run must commit, beside what the laws say of any job. */
  readonly expects?: Expectations;
  /**
   * Any record of a source topic, for shrinking and for explicit plans. `fc`: fast-check, handed over, so that a process that
   * shrinks nothing need not load it for a scenario.
   */
  recordArbitrary(topic: string, fc: FastCheck): fc.Arbitrary<unknown>;
  /** How a failing plan of this seed is made small, if its records are no business of `recordArbitrary`. */
  shrinkingOf?(seed: string): ScenarioShrinking;
}

export interface ScenarioShrinking {
  /** Whether a candidate is a plan that could have been made. */
  admits(plan: Plan): boolean;
  /** Candidates that are much simpler, to be tried first. */
  simpler(plan: Plan): Iterable<Plan>;
  /** Smaller records; `candidates.best` becomes the smallest plan that fails. */
  polish(candidates: Candidates): void;
}

/** Asks runs whether they still fail in the same way. */
export interface Candidates {
  readonly best: { readonly plan: Plan };
  /** Whatever is asked from now on is turned down. */
  readonly exhausted: boolean;
  fails(plan: Plan): boolean;
}
