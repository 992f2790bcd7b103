/**
 * What a job author writes: functions, and the contexts that the engine hands them. Types only.
 *
 * Values are immutable once handed over, in both directions: state values, inputs and outputs are never changed.
 * Everything that may differ between two runs is read through the context (time, randomness), so that it is replayed.
 */
import type { MapDescriptor, MapState, ReadOnlyMapState, StateDescriptor } from './states.ts';
import type { TypeInfo } from './types.ts';

/** Milliseconds since the epoch; MIN_TIMESTAMP and MAX_TIMESTAMP are the ends of event time. */
export type Timestamp = number;
/** The smallest timestamp, `Number.MIN_SAFE_INTEGER`: event time before anything has happened. */
export const MIN_TIMESTAMP: Timestamp = Number.MIN_SAFE_INTEGER;
/** The largest timestamp, `Number.MAX_SAFE_INTEGER`: the watermark at the end of a bounded input. */
export const MAX_TIMESTAMP: Timestamp = Number.MAX_SAFE_INTEGER;

/** Takes what a function emits on its main output. It is of use only during the call that it was handed to. */
export interface Collector<O> {
  /** Emits with the timestamp of the turn: the record's, or the event-time timer's; none in a processing-time timer's. */
  collect(value: O): void;
}

/**
 * A named second output of an operator: declared in `sideOutputs` (or as late output of a window), written by
 * `ctx.output(tag, value)`, read by `stream.getSideOutput(tag)`.
 */
export interface OutputTag<T = unknown> {
  /** Its name, one of a kind within the operator. */
  readonly tag: string;
  /** Type of its records. */
  readonly type: TypeInfo<T>;
}
/**
 * Names a side output.
 *
 * @param tag one of a kind within the operator.
 * @param type of the records of this output.
 * @example
 * ```ts
 * const late = outputTag('late', int64);
 * const inTime: KeyedProcessFunction<string, number, number> = {
 *   processElement(at, ctx, out) {
 *     if (at <= ctx.timerService.currentWatermark()) ctx.output(late, at);
 *     else out.collect(at);
 *   },
 * };
 * ```
 */
export function outputTag<T>(tag: string, type: TypeInfo<T>): OutputTag<T> {
  return { tag, type };
}

// ---- process functions

/**
 * Time, and timers of the current key. A timer is a set member: registering one twice is registering it once, and it fires
 * once. Timers are state: they are in snapshots, and move with their key (SEMANTICS T1 to T3).
 */
export interface TimerService {
  /** Wall clock of the task's host, ms; recorded, so that a re-execution reads the same. */
  currentProcessingTime(): Timestamp;
  /** The effective watermark of the current key (SEMANTICS W1). */
  currentWatermark(): Timestamp;
  /** Calls `onTimer` once the effective watermark of the key has reached `timestamp` (epoch ms); at the end of bounded input all fire. */
  registerEventTimeTimer(timestamp: Timestamp): void;
  /** Deletes the timer at `timestamp`, if there is one. */
  deleteEventTimeTimer(timestamp: Timestamp): void;
  /**
   * Calls `onTimer` once the wall clock of the task's host is past `timestamp` (epoch ms). Processing-time timers that are
   * pending when a bounded input ends never fire, as in Flink: a run counts them (`pendingProcessingTimers` of its counters).
   */
  registerProcessingTimeTimer(timestamp: Timestamp): void;
  /** Deletes the timer at `timestamp`, if there is one. */
  deleteProcessingTimeTimer(timestamp: Timestamp): void;
}

/** Keyed state of the current key. */
export interface StateAccess {
  /** The state that `descriptor` names. @throws JobError if the name is known with another type or kind, or there is no current key. */
  getState<S>(descriptor: StateDescriptor<S>): S;
}

/** What a keyed function sees while it processes one element. It is of use only during the call. */
export interface KeyedContext<K = unknown> extends StateAccess {
  /** Timestamp of the record, or of the timer; undefined for a record without one. */
  readonly timestamp: Timestamp | undefined;
  /** Key of the element, or of the timer. */
  readonly currentKey: K;
  /** Time, and timers of the current key. */
  readonly timerService: TimerService;
  /** Emits on a side output, with the timestamp of the turn. The operator must declare the tag. */
  output<T>(tag: OutputTag<T>, value: T): void;
  /** A whole number in [0, n), recorded as part of the turn. */
  random(n: number): number;
}
/** What a keyed function sees while a timer fires. */
export interface OnTimerContext<K = unknown> extends KeyedContext<K> {
  /** The clock by which the timer was due. */
  readonly timeDomain: 'event' | 'processing';
}

/** Where a function object runs. Results must not depend on it: another attempt may run at another parallelism. */
export interface OpenContext {
  /** uid of the operator. */
  readonly uid: string;
  /** In [0, parallelism). */
  readonly subtask: number;
  /** Subtasks of the operator in this attempt. */
  readonly parallelism: number;
}

/**
 * A function over a keyed stream, with keyed state and timers. Its methods are synchronous; everything it remembers is in
 * state, never in the object or a closure: such memory is lost at a failure.
 *
 * @example
 * ```ts
 * const last = valueState('last', int64);
 * // Emits the key once it has been silent for a minute of event time.
 * class Silence implements KeyedProcessFunction<string, number, string> {
 *   processElement(at: number, ctx: KeyedContext<string>) {
 *     ctx.getState(last).update(at);
 *     ctx.timerService.registerEventTimeTimer(at + 60_000);
 *   }
 *   onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<string>) {
 *     if (ctx.getState(last).value() === timestamp - 60_000) out.collect(ctx.currentKey);
 *   }
 * }
 * ```
 */
export interface KeyedProcessFunction<K, I, O> {
  /** Called once per function object, before anything else. State is not accessible: there is no key yet. */
  open?(ctx: OpenContext): void;
  /** Called for each element, with state and timers of its key. What it throws fails the task. */
  processElement(value: I, ctx: KeyedContext<K>, out: Collector<O>): void;
  /** Called for each timer that is due. `timestamp` is the one that it was registered for. */
  onTimer?(timestamp: Timestamp, ctx: OnTimerContext<K>, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}

/**
 * Two keyed inputs with one keyed state: both elements of a key, from either side, and its timers meet in one instance.
 * No order is promised between the two sides.
 */
export interface KeyedCoProcessFunction<K, A, B, O> {
  /** Called once per function object, before anything else. */
  open?(ctx: OpenContext): void;
  /** Called for each element of the first input. */
  processElement1(value: A, ctx: KeyedContext<K>, out: Collector<O>): void;
  /** Called for each element of the second input. */
  processElement2(value: B, ctx: KeyedContext<K>, out: Collector<O>): void;
  /** Called for each timer that is due. */
  onTimer?(timestamp: Timestamp, ctx: OnTimerContext<K>, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}

// ---- broadcast

/** Broadcast state on the side of the elements. Writing to it there is an error. */
export type ReadOnlyBroadcastState<K, V> = ReadOnlyMapState<K, V>;
/**
 * Broadcast state on the side of the broadcast elements. Every subtask has its own copy, so what is written must be a
 * function of the broadcast elements alone, and must not depend on the order between two senders.
 */
export type BroadcastState<K, V> = MapState<K, V>;

/** What both sides of a broadcast process function have. */
export interface BroadcastBaseContext {
  /** Timestamp of the element; undefined for an element without one. */
  readonly timestamp: Timestamp | undefined;
  /** Wall clock of the task's host, ms; recorded, so that a re-execution reads the same. */
  currentProcessingTime(): Timestamp;
  /** Emits on a side output, with the timestamp of the turn. The operator must declare the tag. */
  output<T>(tag: OutputTag<T>, value: T): void;
  /** A whole number in [0, n), recorded as part of the turn. */
  random(n: number): number;
}
/** What a function sees while it processes an element beside a broadcast stream: it reads broadcast state. */
export interface ReadOnlyBroadcastContext extends BroadcastBaseContext {
  /** The broadcast state that `descriptor` names. @throws JobError if the operator was not connected with it. */
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
}
/** What a function sees while it processes a broadcast element: it writes broadcast state. */
export interface BroadcastContext extends BroadcastBaseContext {
  /** The broadcast state that `descriptor` names. @throws JobError if the operator was not connected with it. */
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): BroadcastState<K, V>;
}
/** Is shown one key after the other, with its state; the state is of no use after the call. */
export interface KeyedStateFunction<K, S> {
  /** Called once per key. */
  process(key: K, state: S): void;
}
/** The same, where the other input is keyed: it can visit the keyed state of all keys of the subtask. */
export interface KeyedBroadcastContext<K = unknown> extends BroadcastContext {
  /** Visits every key of this subtask that has something in the state, in the order of the serialized keys. */
  applyToKeyedState<S>(descriptor: StateDescriptor<S>, visitor: KeyedStateFunction<K, S>): void;
}
/** What a function sees while it processes a keyed element beside a broadcast stream. */
export interface KeyedReadOnlyContext<K = unknown> extends KeyedContext<K> {
  /** The broadcast state that `descriptor` names. @throws JobError if the operator was not connected with it. */
  getBroadcastState<MK, V>(descriptor: MapDescriptor<MK, V>): ReadOnlyBroadcastState<MK, V>;
}
/** What it sees while a timer fires. */
export interface KeyedOnTimerContext<K = unknown> extends KeyedReadOnlyContext<K> {
  /** The clock by which the timer was due. */
  readonly timeDomain: 'event' | 'processing';
}

/** Keyed elements, and a broadcast stream that each subtask sees whole. */
export interface KeyedBroadcastProcessFunction<K, I, B, O> {
  /** Called once per function object, before anything else. */
  open?(ctx: OpenContext): void;
  /** Called for each element. */
  processElement(value: I, ctx: KeyedReadOnlyContext<K>, out: Collector<O>): void;
  /** Called once per subtask for each broadcast element. */
  processBroadcastElement(value: B, ctx: KeyedBroadcastContext<K>, out: Collector<O>): void;
  /** Called for each timer that is due. */
  onTimer?(timestamp: Timestamp, ctx: KeyedOnTimerContext<K>, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}

// ---- windows

/** `[start, end)` in epoch milliseconds; `end - 1` is the last timestamp that belongs to it. */
export interface TimeWindow {
  /** Inclusive. */
  readonly start: Timestamp;
  /** Exclusive. */
  readonly end: Timestamp;
}
/** One firing of a window. */
export interface WindowResult<K, R> {
  /** Key of the pane. */
  readonly key: K;
  /** Window of the pane. */
  readonly window: TimeWindow;
  /** Result of the elements that the pane holds when it fires. */
  readonly result: R;
}
