/**
 * Keyed state on the heap: value and map states and timers per key group, copied on write while snapshots hold them.
 *
 * - The sync part of a snapshot copies an array of references per state (heap-slots.ts); bytes are made when `write` is
 *   called (heap-snapshot.ts), from structure and values that do not change any more.
 * - Bytes are a function of the content (snapshot-format.ts).
 * - Restored states wait in the types that they were written with until the job registers them (heap-states.ts).
 *
 * Time to live is the states' own matter: here it is what a snapshot leaves out.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { assert, IoError } from '../../errors.ts';
import type { FloorRange } from '../../time/floors.ts';
import type { Coroutine } from '../../waiting.ts';
import type { KeyedSnapshot, KeyedStateBackend, ObjectReader, Sieve, StateSlice } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { requireAsIs } from '../../values/evolution.ts';
import { type HeapKey, HeapKeys } from './heap-keys.ts';
import { HeapSnapshot } from './heap-snapshot.ts';
import { HeapStates, isMapTableOf, isTableOf } from './heap-states.ts';
import type { HeapMapTable, HeapTable } from './heap-tables.ts';
import { HeapTimers } from './heap-timers.ts';
import { KeyGroupReader, readHandle, readHeader, TIMER_DOMAINS } from './snapshot-format.ts';
import type { GroupVisitor, MapStateSchema, TimerDomain, ValueStateSchema } from './snapshot-format.ts';

export interface HeapBackendOptions {
  readonly range: KeyGroupRange;
  readonly maxParallelism: number;
  /** Throws a `JobError` if values of this type cannot be keys. */
  readonly keyType: TypeInfo;
  readonly adopted?: (state: string, migrated: boolean) => void;
}

/** A backend for the key groups of one subtask, empty. */
export function createHeapBackend(options: HeapBackendOptions): KeyedStateBackend {
  return new HeapBackend(options);
}

/**
 * State of one key at a time, as batch has it (Flink: `BatchExecutionKeyedStateBackend`): keys come one after the other, and what
 * one had is gone before the next.
 */
export interface SingleKeyBackend extends KeyedStateBackend {
  /** The current key has had its last record: timers that are set from here on are dropped. */
  endKey(): void;
  /** Nothing of the current key is left, and timers may be set again. All its timers have fired. */
  forgetKey(): void;
}

/** A backend for one key of the range at a time, empty. */
export function createSingleKeyBackend(options: HeapBackendOptions): SingleKeyBackend {
  return new HeapBackend(options);
}

class HeapBackend implements SingleKeyBackend {
  readonly range: KeyGroupRange;
  readonly #keyType: TypeInfo;
  readonly #keys: HeapKeys;
  readonly #states: HeapStates;
  readonly #timers: Readonly<Record<TimerDomain, HeapTimers>>;
  readonly #writer = new ByteWriter();
  readonly #restoring: RestoringVisitor;
  /** Nothing is read from outside. */
  readonly failure = undefined;

  constructor(options: HeapBackendOptions) {
    this.range = options.range;
    this.#keyType = options.keyType;
    const keyGroups = options.range.end - options.range.start + 1;
    this.#keys = new HeapKeys(options.range, options.maxParallelism, options.keyType);
    this.#states = new HeapStates(this.#keys, keyGroups, options.adopted);
    this.#timers = {
      event: new HeapTimers(this.#keys, keyGroups),
      processing: new HeapTimers(this.#keys, keyGroups),
    };
    this.#restoring = new RestoringVisitor(this.#keys, this.#states, this.#timers);
  }

  setCurrentKey(key: unknown): void {
    this.#keys.select(key);
  }

  get currentKey(): unknown {
    return this.#keys.current.key;
  }

  get currentKeyGroup(): number {
    return this.#keys.current.keyGroup;
  }

  timers(domain: TimerDomain): HeapTimers {
    return this.#timers[domain];
  }

  table<T>(name: string, type: TypeInfo<T>): HeapTable<T> {
    return this.#states.table(name, type);
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): HeapMapTable<K, V> {
    return this.#states.mapTable(name, keyType, type);
  }

  keysOf(state: string): readonly unknown[] {
    return this.#states.keysOf(state);
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    return this.#states.someKeysOf(state, count);
  }

  endKey(): void {
    for (const domain of TIMER_DOMAINS) this.#timers[domain].closed = true;
  }

  forgetKey(): void {
    this.#states.forgetKey();
    for (const domain of TIMER_DOMAINS) this.#timers[domain].closed = false;
  }

  admit(): undefined {
    return undefined;
  }

  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot {
    return new HeapSnapshot({
      range: this.range,
      keyType: this.#keyType,
      writer: this.#writer,
      floors,
      states: this.#states.freeze(sieves),
      timers: TIMER_DOMAINS.map((domain) => this.timers(domain).freeze()),
    });
  }

  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]> {
    const floors: FloorRange[] = [];
    for (const handle of handles) {
      const { object, header, runs } = readHandle(handle);
      const bytes = yield* read(object);
      const reader = this.#reader(sliceOf(bytes, header));
      for (const { first, last, slice } of runs) {
        const start = Math.max(first, this.range.start);
        const end = Math.min(last, this.range.end);
        if (start > end) continue;
        this.#restoring.keyGroup = start;
        floors.push({ start, end, floor: reader.read(sliceOf(bytes, slice), this.#restoring) });
      }
    }
    this.#states.migrateRegistered();
    return floors.sort((a, b) => a.start - b.start);
  }

  /** Snapshots are full: no checkpoint is the base of another one. */
  notifyComplete(): void {
    // Nothing to keep or to free.
  }

  notifyAborted(): void {
    // Nothing to free.
  }

  close(): void {
    // Memory only.
  }

  /** The reader of a header's key groups. */
  #reader(header: Uint8Array): KeyGroupReader {
    const content = readHeader(header);
    requireAsIs('the key', content.keyType, this.#keyType);
    // The types that are at hand already have compiled serializers; the equal ones of the header have none.
    const states = content.states.map((state) => this.#states.carried(state).schema);
    return new KeyGroupReader({ keyType: this.#keyType, states });
  }
}

/** Puts what it is shown into the backend. One object for all key groups: there may be many, and most are empty. */
class RestoringVisitor implements GroupVisitor {
  keyGroup = 0;
  readonly #keys: HeapKeys;
  readonly #states: HeapStates;
  readonly #timers: Readonly<Record<TimerDomain, HeapTimers>>;

  constructor(keys: HeapKeys, states: HeapStates, timers: Readonly<Record<TimerDomain, HeapTimers>>) {
    this.#keys = keys;
    this.#states = states;
    this.#timers = timers;
  }

  value(state: ValueStateSchema, key: unknown, namespace: TimeWindow | undefined, value: unknown): void {
    const table = this.#states.carried(state);
    if (isTableOf<unknown>(table, state.type)) table.putFor(this.#owned(key), namespace, value);
  }

  map(state: MapStateSchema, key: unknown, entries: readonly (readonly [unknown, unknown])[]): void {
    const owner = this.#owned(key);
    const table = this.#states.carried(state);
    if (!isMapTableOf<unknown, unknown>(table, state.keyType, state.type)) return;
    for (const [mapKey, value] of entries) table.putFor(owner, mapKey, value);
  }

  timer(domain: TimerDomain, timestamp: Timestamp, key: unknown, namespace: TimeWindow | undefined): void {
    this.#timers[domain].addFor(this.#owned(key), timestamp, namespace);
  }

  #owned(key: unknown): HeapKey {
    const owned = this.#keys.of(key);
    assert(
      owned.keyGroup === this.keyGroup,
      () => `a key of group ${owned.keyGroup} lies in the snapshot of group ${this.keyGroup}`,
    );
    return owned;
  }
}

/** Throws `IoError` if the object is too short. */
function sliceOf(bytes: Uint8Array, { object, offset, length }: StateSlice): Uint8Array {
  if (offset + length > bytes.length) throw new IoError(`checkpoint object ${object} is too short`);
  return bytes.subarray(offset, offset + length);
}
