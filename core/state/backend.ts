/**
 * The seam of keyed state: what the engine asks of a state backend, and what it gives to it.
 *
 *   turn             reads and writes, synchronous: values are in memory or come from `disk.readNow`
 *   between turns    `admit`: the task takes nothing while the backend catches up (flush, compaction)
 *   checkpoint       `snapshot` (sync part: structure only), then `write` (async part: bytes to the engine's output)
 *   restore          a coroutine, before the first turn, from the handles of any old ranges
 *   looking inside   `inspect`: from the handles' bytes alone, with no backend at hand and with no code of its own
 *
 * State lives per (state name, key group, key, namespace). Values are immutable, so the sync part of a snapshot copies
 * structure only. Timers and watermark floors are keyed state too. `stateBackendContract` (properties/contracts) is what
 * every implementation has to pass; `heap/` is ours.
 */
import type { CheckpointKind } from '../barrier-options.ts';
import type { StateBackendName } from '../config.ts';
import type { IoError } from '../errors.ts';
import type { StateStoreEvent } from '../facts.ts';
import type { TimeWindow, Timestamp } from '../job/functions.ts';
import type { KeyGroupRange } from '../graph/key-groups.ts';
import type { StateKind } from '../job/states.ts';
import type { TypeInfo } from '../job/types.ts';
import type { Disk } from '../ports.ts';
import type { FloorRange } from '../time/floors.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import type { KeyedHandle, ObjectLookup } from './handles.ts';

/** A backend as a part (`core/parts.ts`): how one is made, and how its images are read. Stateless. */
export interface StateBackend {
  /** A backend for the key groups of one subtask, empty. Throws `JobError` if values of the key type cannot be keys. */
  create(env: StateBackendEnv): KeyedStateBackend;
  readonly inspect: InspectState;
  /** Without it nobody can say of which types its states are, and how large: `millrace inspect` counts their entries then. */
  readonly measure?: MeasureState;
}

export interface StateBackendEnv {
  readonly range: KeyGroupRange;
  readonly maxParallelism: number;
  readonly keyType: TypeInfo;
  /** Disk of the host: files outlive the process. */
  readonly disk: Disk;
  /**
   * What the paths of this subtask's own files begin with, in this attempt: `<directory>.<name>`. So they lie beside those of others, where what
   * is left of a killed task is found and removed; what lies deeper is not.
   */
  readonly directory: string;
  /** For flush and compaction. An error for which no coroutine waits fails the task; the scope ends with it. */
  readonly scope: Scope;
  /** What the configuration says; a part of the user's own may pass over it. */
  readonly settings: StateSettings;
  /** What goes on behind the task's back, for those who watch. */
  readonly event?: (event: StateStoreEvent) => void;
  /** The wall clock of the host: the last touch of restored values that have time to live only in this version of the job. */
  readonly now: () => Timestamp;
  /**
   * The job has registered a state that was restored. `migrated`: its values have become those of another type. `touch`: they have had no
   * time to live before, and this last touch from now on.
   */
  readonly adopted?: (state: string, migrated: boolean, touch?: Timestamp) => void;
  /** Between turns: something that had expired is gone (`cleanUp`). */
  readonly dropped?: (dropped: DroppedState) => void;
}

/** What had expired at `now` of a key in a state; of a map of one entry. */
export interface DroppedState {
  readonly state: string;
  readonly key: unknown;
  readonly keyGroup: number;
  /** Undefined: the state is no map. */
  readonly mapKey: unknown;
  readonly now: Timestamp;
}

export interface StateSettings {
  readonly backend: StateBackendName;
  /** What the state of one subtask may take in memory, where the backend keeps the rest elsewhere. */
  readonly memoryBytes: number;
  /** Checkpoints may name objects of earlier ones, where the backend can do so. */
  readonly incremental: boolean;
}

/**
 * The content of a snapshot, read from the bytes of its objects. Pure, and canonical: equal content gives equal results,
 * for any history, any number of handles and any place of the bytes in objects.
 *
 * @param handles all of one subtask's snapshot, in any order.
 * @param bytesOf undefined: there is no such object.
 * @returns runs in order of key group: one for each group that holds something, and as few as possible for the others.
 * @throws IoError if an object is missing or damaged.
 */
export type InspectState = (handles: readonly KeyedHandle[], bytesOf: ObjectLookup) => readonly KeyGroupRun[];

/**
 * What one state of a snapshot is of, and how much of it there is. A state that is stored in two types, of which a later
 * version of the job has not asked for it in all subtasks, is one for each.
 */
export interface StateMeasure {
  readonly state: string;
  readonly keyType: TypeInfo;
  /** Undefined: it is no map. */
  readonly mapKeyType: TypeInfo | undefined;
  readonly type: TypeInfo;
  /** Keys that have something in it. */
  readonly keys: number;
  /** Map entries, items where values are lists, else values. */
  readonly entries: number;
  /** Of keys, namespaces, map keys and values, as they are stored. */
  readonly bytes: number;
}

/** Pure. Takes and throws what `InspectState` does; states that hold something, in order of name. */
export type MeasureState = (handles: readonly KeyedHandle[], bytesOf: ObjectLookup) => readonly StateMeasure[];

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

/** What a snapshot keeps of a value that is stored, of a map of an entry's value: itself, a part of it, or undefined for nothing. */
export type Sieve = (stored: unknown) => unknown;

/** A state whose expired values go: from snapshots, or whenever they are written anew. */
export interface SievedState {
  readonly state: string;
  readonly kind: StateKind;
  readonly ttlMs: number;
}

export interface KeyedStateBackend {
  readonly range: KeyGroupRange;

  // ---- in a turn

  /** Throws `EngineBug` at once if the key's group is outside the range. */
  setCurrentKey(key: unknown): void;
  readonly currentKey: unknown;
  readonly currentKeyGroup: number;
  /** Registers on first use; the same name must always come with the same type, else `JobError`. */
  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T>;
  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V>;
  timers(domain: 'event' | 'processing'): TimerQueue;
  /** The keys, of all key groups of the range, that have something in a state: in bytewise order of the serialized keys. */
  keysOf(state: string): readonly unknown[];
  /**
   * Up to `count` of the keys of the current key's group that have something in a state. Calls go round, so that each key
   * comes by again and again; in what order is the backend's own matter. For clean-up by and by.
   */
  someKeysOf(state: string, count: number): readonly unknown[];
  /**
   * From now on what has expired of this state may go whenever the backend writes it anew anyway; left out by one that never does. The
   * environment hears of what was there until then (`dropped`).
   */
  cleanUp?(state: SievedState): void;
  /**
   * The error of the first read that failed. It stays: the engine fails the turn by it, even if the user's code has caught
   * what the read threw. Undefined while all is well.
   */
  readonly failure: IoError | undefined;

  // ---- between turns

  /**
   * Asked before each step of the task. Undefined: go on. Otherwise the task takes nothing until it settles; if it settles
   * with an error the task fails. What one step writes may exceed a memory budget, what several steps write may not.
   */
  admit(): Pending<void> | undefined;

  // ---- checkpoints

  /**
   * The sync part: copies structure, freezes nothing, never waits. `floors` are eff(g) of SEMANTICS W2, for the whole range
   * in order of key group. What `sieves` (by state) give nothing for is not in the snapshot; the live state keeps it.
   */
  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot;
  /**
   * Before the first use. The handles are those of one checkpoint that hold a key group of the range; what else they hold
   * is passed over. States are restored with the types that they were written with, whether the job registers them or not.
   *
   * @returns the floors of the restored key groups, in order.
   * @throws IoError if an object is missing or damaged, JobError if a type is another one than before.
   */
  restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]>;
  /** Every checkpoint up to this one that was taken is complete or subsumed. May be lost, late or repeated. */
  notifyComplete(checkpoint: number): void;
  /** This one will never be complete. May be lost, late or repeated. */
  notifyAborted(checkpoint: number): void;

  /** The task has ended; nothing is called after it. Never waits. */
  close(): void;
}

/** The part of a backend that states are made on. */
export type StateTables = Pick<
  KeyedStateBackend,
  'table' | 'mapTable' | 'currentKey' | 'setCurrentKey' | 'someKeysOf' | 'cleanUp'
>;

/** A snapshot between its sync part and its end: exactly one of the two is called, once, unless the task ends before. */
export interface KeyedSnapshot {
  /**
   * The async part: hands the bytes to `out`. Handles together cover the range, each key group once. A coroutine where it
   * has to wait; the engine puts everything into the store before it acknowledges. An `IoError` declines the checkpoint, a
   * `DamageError` fails the task: its state is lost here, and no later snapshot could be written.
   */
  write(out: SnapshotOutput): readonly KeyedHandle[] | Coroutine<readonly KeyedHandle[]>;
  /** The checkpoint was given up before `write`. */
  discard(): void;
}

/** Where a snapshot's bytes go: the engine's. What was handed over is never changed afterwards. */
export interface SnapshotOutput {
  readonly checkpoint: number;
  /** A savepoint stands for itself: its handles name nothing that was written for another checkpoint. */
  readonly kind: CheckpointKind;
  /** Adds to the snapshot's common object. */
  append(bytes: Uint8Array): StateSlice;
  /** An object of its own; returns its name. `name` is unique within the snapshot. It lives as long as the checkpoint. */
  file(name: string, bytes: Uint8Array): string;
  /** The same for an object that later checkpoints may name, too. It lives as long as one that names it is kept. Of a checkpoint only. */
  shared(name: string, bytes: Uint8Array): string;
  /** Whether an object that an earlier checkpoint made `shared` may be named again: it must be this job's own. */
  mayReuse(object: string): boolean;
}

export interface StateSlice {
  readonly object: string;
  readonly offset: number;
  readonly length: number;
}

/** Throws `IoError` if there is no such object. */
export type ObjectReader = (name: string) => Coroutine<Uint8Array>;

/** The logical content of one key group. */
export interface KeyGroupContent extends GroupContent {
  readonly keyGroup: number;
}

/** The same of the key groups `first` to `last`; more than one only if they hold nothing. */
export interface KeyGroupRun extends GroupContent {
  readonly first: number;
  readonly last: number;
}

export interface GroupContent {
  readonly floor: Timestamp;
  /** In order of (state name, serialized key, namespace). Of a map state, `value` is a list of [key, value] pairs in bytewise order of the keys. */
  readonly entries: readonly {
    readonly state: string;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
    readonly value: unknown;
  }[];
  /** Event timers first; in the order in which they fire. */
  readonly timers: readonly {
    readonly domain: 'event' | 'processing';
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
  }[];
}
