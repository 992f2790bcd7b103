/**
 * The seam of keyed state: what a task asks of a state backend. Heap is one implementation, lsm will be another.
 *
 * State lives per (state name, key group, key, namespace). Values are immutable, so the sync part of a snapshot copies
 * structure only; encoding happens in the async part. Timers and watermark floors are keyed state too.
 */
import type { TimeWindow, Timestamp } from '../job/functions.ts';
import type { KeyGroupRange } from '../graph/key-groups.ts';
import type { TypeInfo } from '../job/types.ts';

export interface StateBackendOptions {
  readonly range: KeyGroupRange;
  readonly maxParallelism: number;
  readonly keyType: TypeInfo;
}

export type StateBackendFactory = (options: StateBackendOptions) => KeyedStateBackend;

/** A value per current key and namespace; namespace is `undefined` (user state) or a window. List and map states are built on it by the runtime. */
export interface KeyedTable<T> {
  get(namespace: TimeWindow | undefined): T | undefined;
  put(namespace: TimeWindow | undefined, value: T): void;
  remove(namespace: TimeWindow | undefined): void;
}
/** A map per current key. */
export interface KeyedMapTable<K, V> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  put(key: K, value: V): void;
  remove(key: K): void;
  /** In bytewise order of the serialized keys. */
  entries(): readonly (readonly [K, V])[];
  clear(): void;
}

export interface TimerEntry {
  readonly timestamp: Timestamp;
  readonly key: unknown;
  readonly keyGroup: number;
  readonly namespace: TimeWindow | undefined;
}
/** A set by (timestamp, key, namespace), ordered by (timestamp, serialized key, namespace start, namespace end). */
export interface TimerQueue {
  /** For the current key. True if it was not there. */
  add(timestamp: Timestamp, namespace: TimeWindow | undefined): boolean;
  /** For the current key. True if it was there. */
  remove(timestamp: Timestamp, namespace: TimeWindow | undefined): boolean;
  /** The least timer with timestamp <= `upTo` among key groups that `eligible` admits, removed from the queue; undefined if there is none. */
  poll(upTo: Timestamp, eligible?: (keyGroup: number) => boolean): TimerEntry | undefined;
  /** The least timestamp over all groups; undefined if empty. */
  head(): Timestamp | undefined;
}

export interface KeyedStateBackend {
  readonly range: KeyGroupRange;
  /** Throws `EngineBug` at once if the key's group is outside the range. */
  setCurrentKey(key: unknown): void;
  readonly currentKey: unknown;
  readonly currentKeyGroup: number;
  /** Registers on first use; the same name must always come with the same type. */
  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T>;
  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V>;
  timers(domain: 'event' | 'processing'): TimerQueue;
  /** The keys, of all key groups of the range, that have something in a state: in bytewise order of the serialized keys. */
  keysOf(state: string): readonly unknown[];
  /** The sync part: copies structure, freezes nothing, never waits. `floors(g)` is eff(g) of SEMANTICS W2. */
  snapshot(floors: (keyGroup: number) => Timestamp): KeyedSnapshot;
  /** Before the first use; once per owned key group that the snapshot holds. `header` is that of the snapshot. Returns the group's floor. */
  restore(header: Uint8Array, keyGroup: number, bytes: Uint8Array): Timestamp;
}

/** What the async part encodes: a header (state names with their types) and one byte string for each owned key group (also for empty ones: the floor). */
export interface KeyedSnapshot {
  header(): Uint8Array;
  encode(keyGroup: number): Uint8Array;
}

/** The logical content of one key group, as `decodeKeyGroup(header, keyGroup, bytes)` reads it from bytes with no backend at hand: what laws compare. */
export interface KeyGroupContent {
  readonly keyGroup: number;
  readonly floor: Timestamp;
  /** `kind: 'map'`: `value` is a list of [key, value] pairs in bytewise order of the keys. */
  readonly entries: readonly {
    readonly state: string;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
    readonly value: unknown;
  }[];
  readonly timers: readonly {
    readonly domain: 'event' | 'processing';
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
  }[];
}
