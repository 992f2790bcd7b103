/**
 * A job as data: what `defineJob` records, what the engine deploys and what the reference model interprets. It holds
 * no behaviour of the engine, only the user's functions and descriptions. Types only (the model may import this file).
 *
 * Parallelism: `undefined` means "the job's". Two operators are chained iff their edge is `forward`, both have the same
 * *declared* parallelism and max parallelism (so that rescaling the job never changes the chains), the receiver has this one input only, and the
 * receiver is neither keyed nor a source nor an operator of two inputs nor a process function nor one that asks a service.
 *
 * Operators of two inputs: the first `firstInputs` of a node's in-edges, in order of id, are its first input (the
 * elements, where the second is broadcast), the others its second.
 *
 * Logical names of state, by which snapshots and the model are compared: user states by descriptor name with namespace
 * null; a running reduction is the value state `reduced`. A window operator has
 *
 *     window-contents     namespace [start, end): the accumulator, reduced value or list; of merged windows that of the state window
 *     window-merging      no namespace: the live windows of a key that may merge, by start: [start, end, start and end of the state window]
 *     trigger:<name>      namespace [start, end): what a trigger remembers; of ours count, fire-time, early, last
 *     window:<name>, key:<name>   state of a window function, per window and per key
 *
 * and timers with the window as namespace; user timers have none. An interval join has the map states `left-buffer` and
 * `right-buffer`, by timestamp the list of the elements in order of arrival, and timers without namespace. An operator that asks
 * an external service has the list `async-pending`: {value, timestamp} of the elements whose results have not gone out, in order.
 */
import type { AsyncFunction, AsyncRetry, AsyncSettings, ServiceSpec } from './async-functions.ts';
import type {
  KeyedBroadcastProcessFunction,
  KeyedCoProcessFunction,
  KeyedProcessFunction,
  OutputTag,
  Timestamp,
} from './functions.ts';
import type { ProcessJoinFunction } from './join-functions.ts';
import type { BroadcastProcessFunction, ProcessFunction } from './operator-states.ts';
import type { MapDescriptor } from './states.ts';
import type { TypeInfo } from './types.ts';
import type { WindowSpec } from './window-spec.ts';

export type * from './window-spec.ts';

/**
 * A user function whose argument type is known to its author only. Written as a method so that the compiler accepts a
 * function of any argument type here and the engine can call it without a cast; the job's type descriptions vouch for it.
 */
export type Erased<R> = { call(value: unknown): R }['call'];

/** A whole job. */
export interface JobSpec {
  /** Names the job in checkpoints and messages. */
  readonly name: string;
  /** In topological order: the inputs of node i have ids < i. `id` is the index. */
  readonly nodes: readonly NodeSpec[];
  /** In order of (to, position in its inputs). `id` is the index. */
  readonly edges: readonly EdgeSpec[];
  /** Records the same job anew, with functions that share no closure with these; undefined for a job written by hand. */
  readonly rebuild?: () => JobSpec;
}

/** One operator. */
export interface NodeSpec {
  /** Its index in `JobSpec.nodes`. */
  readonly id: number;
  /** Names the operator in snapshots; one of a kind within the job. */
  readonly uid: string;
  /** Names the operator in reports. */
  readonly name: string;
  /** Number of subtasks; undefined: the job's. */
  readonly parallelism: number | undefined;
  /** Number of key groups; undefined: derived from the parallelism (SEMANTICS K3). */
  readonly maxParallelism: number | undefined;
  /** What it does. */
  readonly operator: OperatorSpec;
  /** Type of the main output. Sinks: of the input. */
  readonly outType: TypeInfo;
  /** Further outputs that it may write to. */
  readonly sideOutputs: readonly OutputTag[];
}

/** A connection from one operator to another. */
export interface EdgeSpec {
  /** Its index in `JobSpec.edges`. */
  readonly id: number;
  /** Id of the sending operator. */
  readonly from: number;
  /** Id of the receiving operator. */
  readonly to: number;
  /** Undefined: the main output of `from`. */
  readonly tag: string | undefined;
  /** Type of the records. */
  readonly type: TypeInfo;
  /** Which subtask a record goes to. */
  readonly partition: PartitionSpec;
}
/** Which subtask of the receiver a record goes to. */
export type PartitionSpec =
  | { readonly kind: 'forward' }
  /** Round robin over all receivers, starting from the sender's own index. */
  | { readonly kind: 'rebalance' }
  /** Round robin over the receivers that belong to this sender: pointwise. */
  | { readonly kind: 'rescale' }
  /** Any receiver, by a draw. */
  | { readonly kind: 'shuffle' }
  /** The author's function names the receiver, in [0, receivers); it must be a function of its arguments alone. */
  | { readonly kind: 'custom'; readonly partition: { call(value: unknown, receivers: number): number }['call'] }
  | { readonly kind: 'broadcast' }
  /** By key group of `key(value)`. All hash edges into one node have the same key type. */
  | { readonly kind: 'hash'; readonly key: Erased<unknown>; readonly keyType: TypeInfo };

/** What an operator does. */
export type OperatorSpec =
  | { readonly kind: 'source'; readonly source: SourceSpec; readonly watermarks: WatermarkSpec }
  | { readonly kind: 'map'; readonly fn: Erased<unknown> }
  | { readonly kind: 'flatMap'; readonly fn: Erased<Iterable<unknown>> }
  | { readonly kind: 'filter'; readonly fn: Erased<boolean> }
  /** Keyed: every input edge is a hash edge. */
  | ReduceSpec
  /** Keyed: every input edge is a hash edge. */
  | { readonly kind: 'process'; readonly create: () => KeyedProcessFunction<unknown, unknown, unknown> }
  /** Keyed: every input edge is a hash edge. */
  | {
      readonly kind: 'coProcess';
      readonly create: () => KeyedCoProcessFunction<unknown, unknown, unknown, unknown>;
      readonly firstInputs: number;
    }
  /** Keyed: the edges of the first input are hash edges, those of the second are broadcast edges. */
  | {
      readonly kind: 'keyedBroadcast';
      readonly create: () => KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>;
      readonly firstInputs: number;
      /** Broadcast states; their names are apart from those of keyed states. */
      readonly states: readonly MapDescriptor<unknown, unknown>[];
    }
  /** Without key. The edges of the second input are broadcast edges. */
  | {
      readonly kind: 'broadcast';
      readonly create: () => BroadcastProcessFunction<unknown, unknown, unknown>;
      readonly firstInputs: number;
      readonly states: readonly MapDescriptor<unknown, unknown>[];
    }
  /** Without key: a process function with operator state. */
  | { readonly kind: 'plainProcess'; readonly create: () => ProcessFunction<unknown, unknown> }
  | WindowSpec
  /** Keyed: every input edge is a hash edge. */
  | IntervalJoinSpec
  /** Without key. */
  | AsyncWaitSpec
  | { readonly kind: 'sink'; readonly sink: SinkSpec };

/** What a source reads. How it does is `Source` (`core/connectors/source.ts`), which extends this. */
export interface SourceSpec {
  /** Names the kind of connector: `log`, `file`, ... */
  readonly connector: string;
  /** Names what is read: a topic, the prefix of files. */
  readonly input: string;
  /** Type of the records. */
  readonly type: TypeInfo;
  /** It ends by itself. Otherwise the job runs until it is stopped. */
  readonly bounded: boolean;
  /** Where a split that was never read begins; 0: at its first record. */
  readonly startPosition: number;
  /** A split can be read again from an earlier position, as a restore has to. */
  readonly rewindable: boolean;
  /** It looks for splits that were not there before, so often, in milliseconds; undefined: it lists them once. */
  readonly discoveryIntervalMs?: number;
}

/** How a source derives event time from its records. */
export interface WatermarkSpec {
  /** Event time of a record, in whole milliseconds. */
  readonly timestamp: Erased<Timestamp>;
  /** How the watermark of a split follows from its records; the source task has the minimum over its splits. */
  readonly generator: GeneratorSpec;
  /** A split that has had nothing to read for longer than this is idle; undefined: none ever is. */
  readonly idleTimeoutMs?: number;
  /** The source keeps step with the others of its group; undefined: it does not. */
  readonly alignment?: AlignmentSpec;
  /** Records further ahead of the reader's clock go to a side output; undefined: none do. */
  readonly futureBound?: { readonly maxAheadMs: number; readonly output: OutputTag };
}

/** How the sources of a group keep step (SEMANTICS J2). */
export interface AlignmentSpec {
  /** Sources of one name are a group. */
  readonly group: string;
  /** A split whose watermark is further ahead than this of the least in the group waits. */
  readonly maxDriftMs: number;
  /** How often a reader says where it stands. */
  readonly updateIntervalMs: number;
}

/**
 * `periodic` and `perRecord` emit `maxTimestamp - delayMs - 1`, the one at every `periodMs` of processing time, the other after
 * each record; `custom` what the author's function says, after each record if `periodMs` is 0. `none` emits only the final MAX.
 */
export type GeneratorSpec =
  | { readonly kind: 'periodic'; readonly delayMs: number; readonly periodMs: number }
  | { readonly kind: 'perRecord'; readonly delayMs: number }
  | {
      readonly kind: 'custom';
      readonly fn: WatermarkGenerator<unknown, unknown>;
      /** Type of the state of a split, which is part of every checkpoint. */
      readonly stateType: TypeInfo;
      readonly periodMs: number;
    }
  | { readonly kind: 'none' };

/**
 * A watermark generator of your own: what is remembered of a split is a value, which is kept in its checkpoints, and the
 * watermark is a function of it. All three must be free of effects.
 *
 * @example
 * ```ts
 * // The second largest event time so far: one record with a wrong clock moves nothing.
 * const second: WatermarkGenerator<{ readonly at: number }, readonly [number, number]> = {
 *   createState: () => [MIN_TIMESTAMP, MIN_TIMESTAMP],
 *   onRecord: ([largest, next], _value, at) =>
 *     at > largest ? [at, largest] : [largest, Math.max(next, at)],
 *   watermark: ([, next]) => (next === MIN_TIMESTAMP ? undefined : next - 1),
 * };
 * ```
 */
export interface WatermarkGenerator<T, S> {
  /** The state of a split of which nothing has been read. */
  createState(): S;
  /** The state after a record with this event time; never changes the old one. */
  onRecord(state: S, value: T, timestamp: Timestamp): S;
  /** The watermark that the records so far have earned; undefined: none yet. One that does not rise changes nothing. */
  watermark(state: S): Timestamp | undefined;
  /** Whether a split in this state is idle until its next record, beside any timeout; without it none is. */
  isIdle?(state: S): boolean;
}

/** Emits, for each element, the reduction of all elements of its key so far. */
export interface ReduceSpec {
  /** Tells the kinds of operator apart. */
  readonly kind: 'reduce';
  /** Combines two elements into one. */
  readonly fn: { call(a: unknown, b: unknown): unknown }['call'];
  /** Type of the elements, of what is emitted and of the state. */
  readonly type: TypeInfo;
}

/** Pairs of elements of two inputs, of one key, whose timestamps lie so far apart (SEMANTICS J1). */
export interface IntervalJoinSpec {
  /** Tells the kinds of operator apart. */
  readonly kind: 'intervalJoin';
  /** The first so many in-edges are the left input. */
  readonly firstInputs: number;
  /** `left + lowerMs <= right <= left + upperMs`; exclusive bounds have been moved inwards by a millisecond. */
  readonly lowerMs: number;
  /** See `lowerMs`. Two exclusive bounds may leave no room: then there are no pairs. */
  readonly upperMs: number;
  /** Type of the elements of the left input. */
  readonly leftType: TypeInfo;
  /** Type of the elements of the right input. */
  readonly rightType: TypeInfo;
  /** Where late elements of the left input go; undefined: they are dropped and counted. */
  readonly lateLeftTag: string | undefined;
  /** Where late elements of the right input go; undefined: they are dropped and counted. */
  readonly lateRightTag: string | undefined;
  /** Makes the function that is given each pair. */
  readonly create: () => ProcessJoinFunction<unknown, unknown, unknown>;
}

/** Asks an external service about each element (SEMANTICS J3). */
export interface AsyncWaitSpec extends Omit<AsyncSettings, 'retry'> {
  /** Tells the kinds of operator apart. */
  readonly kind: 'asyncWait';
  /** What is asked. */
  readonly service: ServiceSpec;
  /** Type of the elements: those that wait are state. */
  readonly inType: TypeInfo;
  /** What is done about a request that has failed; undefined: the task fails. */
  readonly retry: AsyncRetry | undefined;
  /** Makes the function, once for each subtask and attempt. */
  readonly create: () => AsyncFunction<unknown, unknown, unknown, unknown>;
}

/** Where a sink writes. How it does is `Sink` (`core/connectors/sink.ts`), which extends this. */
export interface SinkSpec {
  /** Names the kind of connector: `log`, ... */
  readonly connector: string;
  /** Names what is written: a topic. */
  readonly output: string;
  /** Type of the records. */
  readonly type: TypeInfo;
  /** `exactly-once`: two-phase commit with the checkpoints; `at-least-once`: a record may be seen again after a failure. */
  readonly delivery: 'exactly-once' | 'at-least-once';
  /**
   * It writes to a service of its own and not to a topic of the log broker. The laws about committed records do not see what
   * becomes visible there: a law of your own has to judge it.
   */
  readonly external?: true;
}
