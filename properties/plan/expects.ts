/**
 * What the author of a job expects of its output: oracles, each a law of its own (`properties/laws`). Types only.
 *
 * Values are those of the topic's type: what the bytes of a record say, so that they are plain objects, arrays and scalars.
 */

/** Values by topic. */
export type Values = Readonly<Record<string, readonly unknown[]>>;

/** An element that came behind the watermark of a window operator, in the history that counts. */
export interface LateRecord {
  /** uid of the operator at which it was late. */
  readonly operator: string;
  /** What the operator received. */
  readonly value: unknown;
  readonly key: unknown;
  /** Event time of the element. */
  readonly timestamp: number;
}

/**
 * What every run must have committed once it has settled: a multiset for each topic that is named; others are not judged.
 * `input`: the records that were read, by topic, partition by partition in order of offset. One with a second parameter is
 * asked about runs with late records, too.
 */
export type OutputOracle = (input: Values, detail: { readonly late: readonly LateRecord[] }) => Values;

/** Folded over the committed records of each partition, in the order in which they become visible. */
export interface Invariant {
  /** The state before the first record: a value, which is copied for each partition, or a function that makes one. */
  readonly init: unknown;
  /**
   * The state behind `record`; one that returns nothing has changed `state` itself. It throws if the invariant is broken:
   * its message is reported with the record.
   */
  step(state: never, record: never, at: { readonly topic: string; readonly partition: number }): unknown;
}

export interface Expectations {
  readonly output?: OutputOracle;
  /** By topic. */
  readonly invariant?: Readonly<Record<string, Invariant>>;
  /** After a run has settled, no keyed operator holds state or timers. */
  readonly stateEndsEmpty?: boolean;
  /** By topic, the key of a record: records of one key become visible in the order in which an operator has made them. */
  readonly orderedBy?: Readonly<Record<string, (record: never) => unknown>>;
  /** What is committed is a function of the records alone: not of the schedule, parallelism, partitions, nor of faults. */
  readonly confluent?: boolean;
  /**
   * All of this holds of what all versions of the job have committed together, and of the state with which the last one ends.
   * Default: no more is known than of one version, and of runs with several the oracles say nothing.
   */
  readonly acrossVersions?: boolean;
}
