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
  /** Emits with the timestamp of the turn: the record's, or the timer's. */
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
