/**
 * What a job author writes: functions, and the contexts that the engine hands them. Types only.
 *
 * Values are immutable once handed over, in both directions: state values, inputs and outputs are never changed.
 * Everything that may differ between two runs is read through the context (time, randomness), so that it is replayed.
 */
import type { TypeInfo } from './types.ts';

/** Milliseconds since the epoch; MIN_TIMESTAMP and MAX_TIMESTAMP are the ends of event time. */
export type Timestamp = number;
export const MIN_TIMESTAMP: Timestamp = Number.MIN_SAFE_INTEGER;
export const MAX_TIMESTAMP: Timestamp = Number.MAX_SAFE_INTEGER;

export interface Collector<O> {
  /** Emits with the timestamp of the turn: the record's, or the event-time timer's; none in a processing-time timer's. */
  collect(value: O): void;
}

/** A named second output. */
export interface OutputTag<T = unknown> {
  readonly tag: string;
  readonly type: TypeInfo<T>;
}
export function outputTag<T>(tag: string, type: TypeInfo<T>): OutputTag<T> {
  return { tag, type };
}

// ---- state

export interface ValueDescriptor<T> {
  readonly kind: 'value';
  readonly name: string;
  readonly type: TypeInfo<T>;
}
export interface ListDescriptor<T> {
  readonly kind: 'list';
  readonly name: string;
  readonly type: TypeInfo<T>;
}
export interface MapDescriptor<K, V> {
  readonly kind: 'map';
  readonly name: string;
  readonly keyType: TypeInfo<K>;
  readonly type: TypeInfo<V>;
}
export type StateDescriptor = ValueDescriptor<unknown> | ListDescriptor<unknown> | MapDescriptor<unknown, unknown>;

export function valueState<T>(name: string, type: TypeInfo<T>): ValueDescriptor<T> {
  return { kind: 'value', name, type };
}
export function listState<T>(name: string, type: TypeInfo<T>): ListDescriptor<T> {
  return { kind: 'list', name, type };
}
export function mapState<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): MapDescriptor<K, V> {
  return { kind: 'map', name, keyType, type };
}

export interface ValueState<T> {
  value(): T | undefined;
  update(value: T): void;
  clear(): void;
}
export interface ListState<T> {
  get(): readonly T[];
  add(value: T): void;
  update(values: readonly T[]): void;
  clear(): void;
}
export interface MapState<K, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  put(key: K, value: V): void;
  remove(key: K): void;
  /** In the order of the serialized keys (bytewise), so that order is a function of the content. */
  entries(): readonly (readonly [K, V])[];
  clear(): void;
}

// ---- process functions

export interface TimerService {
  /** Wall clock of the task's host, ms; recorded, so that a re-execution reads the same. */
  currentProcessingTime(): Timestamp;
  /** The effective watermark of the current key (SEMANTICS W1). */
  currentWatermark(): Timestamp;
  registerEventTimeTimer(timestamp: Timestamp): void;
  deleteEventTimeTimer(timestamp: Timestamp): void;
  registerProcessingTimeTimer(timestamp: Timestamp): void;
  deleteProcessingTimeTimer(timestamp: Timestamp): void;
}

export interface StateAccess {
  getState<T>(descriptor: ValueDescriptor<T>): ValueState<T>;
  getState<T>(descriptor: ListDescriptor<T>): ListState<T>;
  getState<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
}

export interface KeyedContext<K = unknown> extends StateAccess {
  /** Of the record, or of the timer; undefined for a record without one. */
  readonly timestamp: Timestamp | undefined;
  readonly currentKey: K;
  readonly timerService: TimerService;
  output<T>(tag: OutputTag<T>, value: T): void;
  /** A whole number in [0, n), recorded as part of the turn. */
  random(n: number): number;
}
export interface OnTimerContext<K = unknown> extends KeyedContext<K> {
  readonly timeDomain: 'event' | 'processing';
}

export interface OpenContext {
  readonly uid: string;
  readonly subtask: number;
  readonly parallelism: number;
}

export interface KeyedProcessFunction<K, I, O> {
  open?(ctx: OpenContext): void;
  processElement(value: I, ctx: KeyedContext<K>, out: Collector<O>): void;
  onTimer?(timestamp: Timestamp, ctx: OnTimerContext<K>, out: Collector<O>): void;
  close?(): void;
}

/**
 * Two keyed inputs with one keyed state: both elements of a key, from either side, and its timers meet in one instance.
 * No order is promised between the two sides.
 */
export interface KeyedCoProcessFunction<K, A, B, O> {
  open?(ctx: OpenContext): void;
  processElement1(value: A, ctx: KeyedContext<K>, out: Collector<O>): void;
  processElement2(value: B, ctx: KeyedContext<K>, out: Collector<O>): void;
  onTimer?(timestamp: Timestamp, ctx: OnTimerContext<K>, out: Collector<O>): void;
  close?(): void;
}

// ---- broadcast

/** Broadcast state on the side of the elements. Writing to it there is an error. */
export interface ReadOnlyBroadcastState<K, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  /** In the order of the serialized keys (bytewise), so that order is a function of the content. */
  entries(): readonly (readonly [K, V])[];
}
/**
 * Broadcast state on the side of the broadcast elements. Every subtask has its own copy, so what is written must be a
 * function of the broadcast elements alone, and must not depend on the order between two senders.
 */
export type BroadcastState<K, V> = MapState<K, V>;

/** What both sides of a broadcast process function have. */
export interface BroadcastBaseContext {
  /** Of the element; undefined for one without. */
  readonly timestamp: Timestamp | undefined;
  /** Wall clock of the task's host, ms; recorded, so that a re-execution reads the same. */
  currentProcessingTime(): Timestamp;
  output<T>(tag: OutputTag<T>, value: T): void;
  /** A whole number in [0, n), recorded as part of the turn. */
  random(n: number): number;
}
export interface ReadOnlyBroadcastContext extends BroadcastBaseContext {
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
}
export interface BroadcastContext extends BroadcastBaseContext {
  getBroadcastState<K, V>(descriptor: MapDescriptor<K, V>): BroadcastState<K, V>;
}
/** Is shown one key after the other, with its state; the state is of no use after the call. */
export interface KeyedStateFunction<K, S> {
  process(key: K, state: S): void;
}
export interface KeyedBroadcastContext<K = unknown> extends BroadcastContext {
  /** Visits every key of this subtask that has something in the state, in the order of the serialized keys. */
  applyToKeyedState<T>(descriptor: ValueDescriptor<T>, visitor: KeyedStateFunction<K, ValueState<T>>): void;
  applyToKeyedState<T>(descriptor: ListDescriptor<T>, visitor: KeyedStateFunction<K, ListState<T>>): void;
  applyToKeyedState<MK, V>(descriptor: MapDescriptor<MK, V>, visitor: KeyedStateFunction<K, MapState<MK, V>>): void;
}
export interface KeyedReadOnlyContext<K = unknown> extends KeyedContext<K> {
  getBroadcastState<MK, V>(descriptor: MapDescriptor<MK, V>): ReadOnlyBroadcastState<MK, V>;
}
export interface KeyedOnTimerContext<K = unknown> extends KeyedReadOnlyContext<K> {
  readonly timeDomain: 'event' | 'processing';
}

/** Elements without key, and a broadcast stream that each subtask sees whole. */
export interface BroadcastProcessFunction<I, B, O> {
  open?(ctx: OpenContext): void;
  processElement(value: I, ctx: ReadOnlyBroadcastContext, out: Collector<O>): void;
  processBroadcastElement(value: B, ctx: BroadcastContext, out: Collector<O>): void;
  close?(): void;
}
/** Keyed elements, and a broadcast stream that each subtask sees whole. */
export interface KeyedBroadcastProcessFunction<K, I, B, O> {
  open?(ctx: OpenContext): void;
  processElement(value: I, ctx: KeyedReadOnlyContext<K>, out: Collector<O>): void;
  processBroadcastElement(value: B, ctx: KeyedBroadcastContext<K>, out: Collector<O>): void;
  onTimer?(timestamp: Timestamp, ctx: KeyedOnTimerContext<K>, out: Collector<O>): void;
  close?(): void;
}

// ---- windows

export interface AggregateFunction<I, A, O> {
  createAccumulator(): A;
  /** Returns the new accumulator; never changes the old one. */
  add(value: I, accumulator: A): A;
  getResult(accumulator: A): O;
  merge(a: A, b: A): A;
}
export type ReduceFunction<T> = (a: T, b: T) => T;

/** `[start, end)`. */
export interface TimeWindow {
  readonly start: Timestamp;
  readonly end: Timestamp;
}
export interface WindowResult<K, R> {
  readonly key: K;
  readonly window: TimeWindow;
  readonly result: R;
}
