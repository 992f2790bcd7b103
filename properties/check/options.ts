/** What a person tells `check` about a job. Types only. */
import type fc from 'fast-check';
import type { ExecutionMode } from '../../core/config.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { LateRecord, Values } from '../plan/expects.ts';
import type { Discipline } from '../plan/knobs.ts';

/**
 * What the compiler cannot know: a job is recorded as data, and the types of its topics are values. It is what
 * `JSON.parse` returns, so that `(r) => r.key` needs no annotation, and any annotation is accepted.
 */
export type Untyped = ReturnType<typeof JSON.parse>;

/**
 * Where the records of a topic come from:
 *
 * - an arbitrary of records: as many as a run asks for, each on its own;
 * - an arbitrary of arrays: the array is the whole input of the topic (`fc.array` by itself makes a handful of records: give it `minLength`);
 * - an array: the same records in every run, sampled if they are more than 1,000;
 * - a path of a file, one JSON value a line, from the working directory: as an array;
 * - a function from a seed, a whole number in [0, 2^32), to an array. The same seed, the same records.
 *
 * An arbitrary whose values are arrays is one of records if the topic's type is a list or a tuple that holds them.
 */
export type Records<T = Untyped> =
  fc.Arbitrary<T> | fc.Arbitrary<readonly T[]> | readonly T[] | string | ((seed: number) => readonly T[]);

/** The records of a topic, and how they are spread over partitions and time. */
export interface TopicInput<T = Untyped> {
  readonly records: Records<T>;
  /** Number of partitions, at least 1. Default: 1 to 3, drawn for each run. */
  readonly partitions?: number;
  /** Records of one key go to one partition, in their order, as from a producer that has keys. Default: to any. */
  readonly keyedBy?: (record: T) => unknown;
  /**
   * How many milliseconds of event time a record may come behind a newer one. 0: in order of event time. More than the
   * source's watermarks allow: some records are late. Default: arbitraries, as much as the watermarks allow, so that none
   * is late; arrays, files and functions, the order given.
   */
  readonly disorder?: number;
}

/** By topic; or one arbitrary of objects that hold an array for each topic. */
export type CheckInput =
  Readonly<Record<string, Records | TopicInput>> | fc.Arbitrary<Readonly<Record<string, readonly Untyped[]>>>;

type RecordOf<R> =
  R extends fc.Arbitrary<infer A>
    ? A extends readonly (infer T)[]
      ? T
      : A
    : R extends string
      ? Untyped
      : R extends readonly (infer T)[]
        ? T
        : R extends (seed: number) => readonly (infer T)[]
          ? T
          : R extends { readonly records: infer S }
            ? RecordOf<S>
            : Untyped;

/** The records of each topic, as the oracles get them. */
export type InputValues<I> =
  I extends fc.Arbitrary<infer V> ? V : { readonly [Topic in keyof I]: readonly RecordOf<I[Topic]>[] };

/** A state that is folded over the committed records of each partition. */
export interface CheckInvariant {
  /** The state before the first record: a value, of which each partition gets a copy, or a function that makes one. */
  readonly init: unknown;
  /** The state behind `record`, or nothing if `state` itself was changed. Throws if the invariant is broken. */
  readonly step: (
    state: Untyped,
    record: Untyped,
    at: { readonly topic: string; readonly partition: number },
  ) => unknown;
}

export interface CheckOptions<I extends CheckInput = CheckInput> {
  /** What the sources read; every topic that the job reads must be there. */
  readonly input: I;
  /**
   * By name, the external services that the job asks: a function of the request, free of effects. In a run it is slow, fails,
   * throttles, and answers late, twice or never.
   */
  readonly services?: Readonly<Record<string, (request: Untyped) => unknown>>;
  /**
   * What must be committed once a run has settled, as a multiset for each topic; topics that are left out are not judged.
   * `input` holds what was read, partition by partition. Without a second parameter it is asked only about runs in which no
   * record was late; if that is less than half of them, the check is inconclusive and throws.
   */
  output?(
    input: InputValues<I>,
    detail: { readonly late: readonly LateRecord[] },
  ): Readonly<Record<string, readonly Untyped[]>>;
  /**
   * By topic. Each partition is folded on its own, in the order in which its records become visible. The transactions of
   * one checkpoint become visible one by one, so nothing can be said of sums over partitions or topics.
   */
  readonly invariant?: Readonly<Record<string, CheckInvariant>>;
  /** After a run has settled no keyed operator may hold state or timers: what is remembered of a key is forgotten in the end. */
  readonly stateEndsEmpty?: boolean;
  /**
   * By topic, the key of a record. Records of one key must become visible, over all partitions of the topic, in the order in
   * which they were made by the last keyed operator before the sink (without one, read by the source). Only records that were
   * made by the same instance, of one key group or split, have such an order.
   */
  readonly orderedBy?: Readonly<Record<string, (record: Untyped) => unknown>>;
  /**
   * What is committed is a function of the records alone. Every run without late records is compared with a plain sequential
   * one, whatever its schedule, parallelism, partitions and faults.
   */
  readonly confluent?: boolean;
  /** Whether an input makes sense: asked while a failing one is made smaller, before records are left out or changed. Where it throws it does not. */
  valid?(input: InputValues<I>): boolean;
  /** How many runs at most; default 200. */
  readonly runs?: number;
  /** No run begins that would not end within this; default 4,000, below the limit that test runners set by themselves. */
  readonly timeLimitMs?: number;
  /**
   * Default 'all', but for `lost-object`, which ends any job. A list names the kinds that may happen, as `sim/faults/README.md` does:
   * `['kill', 'rescale']`.
   */
  readonly faults?: 'all' | 'none' | readonly string[];
  /** How checkpoints are taken. Default: aligned, unaligned and timeout, the three that are exactly-once. */
  readonly disciplines?: readonly Discipline[];
  /**
   * How the job runs. Default: streaming only. With both, one run in eight is in batch, where input is read as a whole, a stage
   * after the other and key by key, no record is late, there are no checkpoints, and a running `reduce` puts out the last value of
   * a key only. Oracles are asked about both.
   */
  readonly executionModes?: readonly ExecutionMode[];
  /**
   * Versions of the job that come after this one, oldest first, each made by `defineJob` under the same name; they read and write the
   * same topics. Most runs stop the job with a savepoint, or kill it, and start the next version from there. What is stated here has
   * to hold of what all versions have committed together, and of the state with which the last one ends. Default: none.
   */
  readonly upgrades?: readonly JobSpec[];
  /**
   * For a job that throws on purpose: an error of one of its functions costs an attempt, and the job starts again from its newest
   * checkpoint. Default: a mistake of the job fails the check at once. A job that does not end for it fails by the same name.
   */
  readonly restartOnJobFaults?: boolean;
  /** The same seed, the same runs. Default: another one each time; a failure names its own. */
  readonly seed?: string | number;
  /** Tells two checks of one job apart, in cases and messages. */
  readonly name?: string;
}

/** `CheckOptions` of any input. */
export type AnyCheckOptions = Omit<CheckOptions, 'output' | 'valid'> & {
  readonly output?: (input: Untyped, detail: { readonly late: readonly LateRecord[] }) => Values;
  readonly valid?: (input: Untyped) => boolean;
};
