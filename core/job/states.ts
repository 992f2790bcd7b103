/**
 * Keyed state as a job author sees it: descriptors, and what `getState` makes of them. Types and plain data only.
 *
 * | kind        | one key has                | stored as  |
 * |-------------|----------------------------|------------|
 * | value       | a value                    | value      |
 * | list        | a list                     | value      |
 * | map         | a map                      | map        |
 * | reducing    | what all items reduce to   | value      |
 * | aggregating | an accumulator             | value      |
 *
 * A new kind: its descriptor and its interface here, a file in `core/state/kinds` and a line in its `state-access.ts`, the
 * same in `properties/model/states.ts`, and its rule in SEMANTICS. Backends, contracts and laws know only what is stored.
 */
import type { AggregateFunction, ReduceFunction } from './aggregation.ts';
import { optionsOf, type StateOptions } from './state-ttl.ts';
import type { TypeInfo } from './types.ts';

// ---- descriptors

/** What all descriptors have. `S` is what `getState` returns for one. */
interface Describes<S> extends StateOptions {
  /** Never there: it tells the compiler what `getState` returns. */
  readonly state?: S;
}
/** Describes one value per key; made by `valueState`. */
export interface ValueDescriptor<T> extends Describes<ValueState<T>> {
  /** Tells the kinds of state apart. */
  readonly kind: 'value';
  /** Names the state in snapshots; one of a kind within the operator. */
  readonly name: string;
  /** Type of the value. */
  readonly type: TypeInfo<T>;
}
/** Describes a list per key; made by `listState`. */
export interface ListDescriptor<T> extends Describes<ListState<T>> {
  /** Tells the kinds of state apart. */
  readonly kind: 'list';
  /** Names the state in snapshots; one of a kind within the operator. */
  readonly name: string;
  /** Type of one item. */
  readonly type: TypeInfo<T>;
}
/** Describes a map per key, or a broadcast state; made by `mapState`. */
export interface MapDescriptor<K, V> extends Describes<MapState<K, V>> {
  /** Tells the kinds of state apart. */
  readonly kind: 'map';
  /** Names the state in snapshots; one of a kind within the operator. */
  readonly name: string;
  /** Type of the keys of the map (not of the stream's key). */
  readonly keyType: TypeInfo<K>;
  /** Type of the values of the map. */
  readonly type: TypeInfo<V>;
}
/** Describes one value per key that all items are reduced to; made by `reducingState`. */
export interface ReducingDescriptor<T> extends Describes<ReducingState<T>> {
  /** Tells the kinds of state apart. */
  readonly kind: 'reducing';
  /** Names the state in snapshots; one of a kind within the operator. */
  readonly name: string;
  /** Type of an item, and of what they are reduced to. */
  readonly type: TypeInfo<T>;
  /** Combines what is stored with a new item. */
  reduce(reduced: T, value: T): T;
}
/** Describes an accumulator per key; made by `aggregatingState`. */
export interface AggregatingDescriptor<I, A, O> extends Describes<AggregatingState<I, O>> {
  /** Tells the kinds of state apart. */
  readonly kind: 'aggregating';
  /** Names the state in snapshots; one of a kind within the operator. */
  readonly name: string;
  /** Type of the accumulator, which is what is stored. */
  readonly type: TypeInfo<A>;
  /** Folds items into the accumulator, and makes the result of it. */
  readonly aggregate: AggregateFunction<I, A, O>;
}

/** Every kind of keyed state. */
type AnyDescriptor =
  | ValueDescriptor<unknown>
  | ListDescriptor<unknown>
  | MapDescriptor<unknown, unknown>
  | ReducingDescriptor<unknown>
  | AggregatingDescriptor<unknown, unknown, unknown>;
/** What `getState` takes; `S` is what it returns: a `ValueState`, ... (Flink: `StateDescriptor<S, T>`). */
export type StateDescriptor<S = unknown> = AnyDescriptor & Describes<S>;
/** Names of the kinds. */
export type StateKind = AnyDescriptor['kind'];

/**
 * Keyed state: one value per key.
 *
 * @param name names the state in snapshots; one of a kind within the operator, and never changed while its state is needed.
 * @param type of the value.
 * @param options time to live.
 * @throws JobError if the time to live is none.
 * @example
 * ```ts
 * const total = valueState('total', int64);
 * const sum: KeyedProcessFunction<string, number, number> = {
 *   processElement(value, ctx, out) {
 *     const state = ctx.getState(total);
 *     const after = (state.value() ?? 0) + value;
 *     state.update(after);
 *     out.collect(after);
 *   },
 * };
 * ```
 */
export function valueState<T>(name: string, type: TypeInfo<T>, options: StateOptions = {}): ValueDescriptor<T> {
  return { kind: 'value', name, type, ...optionsOf(name, options) };
}
/**
 * Keyed state: a list per key, in order of `add`.
 *
 * @param name names the state in snapshots; one of a kind within the operator.
 * @param type of one item.
 * @param options time to live, of each item.
 * @example
 * ```ts
 * const seen = listState('seen', string);
 * ```
 */
export function listState<T>(name: string, type: TypeInfo<T>, options: StateOptions = {}): ListDescriptor<T> {
  return { kind: 'list', name, type, ...optionsOf(name, options) };
}
/**
 * Keyed state: a map per key. Also describes the broadcast state of a connected operator.
 *
 * @param name names the state in snapshots; one of a kind within the operator.
 * @param keyType of the keys of the map.
 * @param type of the values of the map.
 * @param options time to live, of each entry.
 * @example
 * ```ts
 * const lastByDevice = mapState('last-by-device', string, int64);
 * ```
 */
export function mapState<K, V>(
  name: string,
  keyType: TypeInfo<K>,
  type: TypeInfo<V>,
  options: StateOptions = {},
): MapDescriptor<K, V> {
  return { kind: 'map', name, keyType, type, ...optionsOf(name, options) };
}

/**
 * Keyed state: one value per key, to which every item that is added is reduced at once. The first item of a key is stored as
 * it is.
 *
 * @param name names the state in snapshots; one of a kind within the operator.
 * @param type of an item, and of what they are reduced to.
 * @param reduce combines what is stored with a new item. It must not change its arguments, and depends on nothing else: a
 *   snapshot holds the reduced value only.
 * @param options time to live, of the reduced value.
 * @example
 * ```ts
 * const highest = reducingState('highest', int64, (a, b) => Math.max(a, b));
 * const records: KeyedProcessFunction<string, number, number> = {
 *   processElement(value, ctx, out) {
 *     const state = ctx.getState(highest);
 *     const before = state.get();
 *     state.add(value);
 *     if (before === undefined || value > before) out.collect(value);
 *   },
 * };
 * ```
 */
export function reducingState<T>(
  name: string,
  type: TypeInfo<T>,
  reduce: ReduceFunction<T>,
  options: StateOptions = {},
): ReducingDescriptor<T> {
  return { kind: 'reducing', name, type, reduce, ...optionsOf(name, options) };
}
/**
 * Keyed state: an accumulator per key, into which every item that is added is folded at once. What is added, what is stored
 * and what `get` returns may be of three types.
 *
 * @param name names the state in snapshots; one of a kind within the operator.
 * @param accumulatorType of the accumulator, which is what snapshots hold. Items and results need no type.
 * @param aggregate makes an accumulator, folds an item into one, and makes the result. `merge` is not called.
 * @param options time to live, of the accumulator.
 * @example
 * ```ts
 * const mean = aggregatingState('mean', record({ sum: int64, count: int64 }), {
 *   createAccumulator: () => ({ sum: 0, count: 0 }),
 *   add: (value: number, { sum, count }) => ({ sum: sum + value, count: count + 1 }),
 *   getResult: ({ sum, count }) => Math.round(sum / count),
 * });
 * const means: KeyedProcessFunction<string, number, number> = {
 *   processElement(value, ctx, out) {
 *     const state = ctx.getState(mean);
 *     state.add(value);
 *     out.collect(state.get() ?? value);
 *   },
 * };
 * ```
 */
export function aggregatingState<I, A, O>(
  name: string,
  accumulatorType: TypeInfo<A>,
  aggregate: AggregateFunction<I, A, O>,
  options: StateOptions = {},
): AggregatingDescriptor<I, A, O> {
  return { kind: 'aggregating', name, type: accumulatorType, aggregate, ...optionsOf(name, options) };
}

// ---- what a function works with

/** One value of the current key. Values are immutable: change one by `update` with a new value. */
export interface ValueState<T> {
  /** The value, or undefined if the key has none. */
  value(): T | undefined;
  /** Sets the value. @throws JobError if it is not of the declared type. */
  update(value: T): void;
  /** Removes the value. */
  clear(): void;
}
/** The list of the current key. What is read is a copy: later changes do not show in it. */
export interface ListState<T> {
  /** The items, in order of `add`; empty if the key has none. */
  get(): readonly T[];
  /** Appends one item. @throws JobError if it is not of the declared type. */
  add(value: T): void;
  /** Appends all items, in their order; none is the same as no call. @throws JobError, and appends nothing, if one is not of the declared type. */
  addAll(values: readonly T[]): void;
  /** Replaces the list; an empty one is the same as `clear`. @throws JobError if an item is not of the declared type. */
  update(values: readonly T[]): void;
  /** Removes all items. */
  clear(): void;
}
/** What can be read of a map. All order is that of the serialized keys (bytewise), so that it is a function of the content. */
export interface ReadOnlyMapState<K, V> {
  /** The value at `key`, or undefined. */
  get(key: K): V | undefined;
  /** Whether there is a value at `key`. */
  contains(key: K): boolean;
  /** The same as `contains`, as a `Map` of JavaScript names it. */
  has(key: K): boolean;
  /** All keys with their values, as of the call. */
  entries(): readonly (readonly [K, V])[];
  /** All keys, as of the call. */
  keys(): readonly K[];
  /** All values, in the order of their keys, as of the call. */
  values(): readonly V[];
  /** Whether there is no entry. With time to live: expired entries that are not cleaned up count, too. */
  isEmpty(): boolean;
}
/** The map of the current key. */
export interface MapState<K, V> extends ReadOnlyMapState<K, V> {
  /** Sets the value at `key`. @throws JobError if key or value is not of the declared type. */
  put(key: K, value: V): void;
  /** Sets all values: of a `Map`, or a list of pairs. @throws JobError, and sets none, if a key or value is not of the declared type. */
  putAll(entries: Iterable<readonly [K, V]>): void;
  /** Removes the value at `key`, if there is one. */
  remove(key: K): void;
  /** Removes all entries. */
  clear(): void;
}
/** What the items of the current key are reduced to. */
export interface ReducingState<T> {
  /** The reduced value, or undefined if nothing was added since the last `clear`. */
  get(): T | undefined;
  /** Reduces one item with what is stored. @throws JobError if it, or what `reduce` returns, is not of the declared type. */
  add(value: T): void;
  /** Removes the reduced value: the next item is the first. */
  clear(): void;
}
/** What the items of the current key are aggregated to. */
export interface AggregatingState<I, O> {
  /** The result of the accumulator, or undefined if nothing was added since the last `clear`. Asked anew at each call. */
  get(): O | undefined;
  /** Folds one item into the accumulator. @throws JobError if it is undefined, or an accumulator is not of the declared type. */
  add(value: I): void;
  /** Removes the accumulator: the next item makes a new one. */
  clear(): void;
}
