/**
 * Keyed state on the heap: value and map states and timers per key group, copied on write while snapshots hold them.
 *
 * - The sync part of a snapshot copies an array of references per state (heap-slots.ts); bytes are made when `write` is
 *   called (heap-snapshot.ts), from structure and values that do not change any more.
 * - Bytes are a function of the content (snapshot-format.ts).
 * - Restored states are there with the types that they were written with, whether or not the job has registered them:
 *   what it does not register is kept and written again, what it registers with another type is a `JobError`.
 *
 * Left out: migration to another type. Time to live is the states' own matter: here it is what a snapshot leaves out.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { assert, IoError, JobError } from '../../errors.ts';
import type { FloorRange } from '../../time/floors.ts';
import type { Coroutine } from '../../waiting.ts';
import type { KeyedSnapshot, KeyedStateBackend, ObjectReader, Sieve, StateSlice } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { sameType } from '../../values/serializers.ts';
import { HeapKeys } from './heap-keys.ts';
import type { HeapKey } from './heap-keys.ts';
import { HeapSnapshot } from './heap-snapshot.ts';
import { HeapMapTable, HeapTable } from './heap-tables.ts';
import { HeapTimers } from './heap-timers.ts';
import { KeyGroupReader, readHandle, readHeader, TIMER_DOMAINS } from './snapshot-format.ts';
import type { GroupVisitor, MapStateSchema, StateSchema, TimerDomain, ValueStateSchema } from './snapshot-format.ts';

export interface HeapBackendOptions {
  readonly range: KeyGroupRange;
  readonly maxParallelism: number;
  /** Throws a `JobError` if values of this type cannot be keys. */
  readonly keyType: TypeInfo;
}

/** A backend for the key groups of one subtask, empty. */
export function createHeapBackend(options: HeapBackendOptions): KeyedStateBackend {
  return new HeapBackend(options);
}

type AnyTable = HeapTable<unknown> | HeapMapTable<unknown, unknown>;

class HeapBackend implements KeyedStateBackend {
  readonly range: KeyGroupRange;
  readonly #keyType: TypeInfo;
  readonly #keyGroups: number;
  readonly #keys: HeapKeys;
  readonly #tables = new Map<string, AnyTable>();
  readonly #eventTimers: HeapTimers;
  readonly #processingTimers: HeapTimers;
  readonly #writer = new ByteWriter();
  readonly #restoring: RestoringVisitor;
  /** Nothing is read from outside. */
  readonly failure = undefined;

  constructor(options: HeapBackendOptions) {
    this.range = options.range;
    this.#keyType = options.keyType;
    this.#keyGroups = options.range.end - options.range.start + 1;
    this.#keys = new HeapKeys(options.range, options.maxParallelism, options.keyType);
    this.#eventTimers = new HeapTimers(this.#keys, this.#keyGroups);
    this.#processingTimers = new HeapTimers(this.#keys, this.#keyGroups);
    this.#restoring = new RestoringVisitor(this, this.#keys);
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

  table<T>(name: string, type: TypeInfo<T>): HeapTable<T> {
    const registered = this.#tables.get(name);
    if (registered === undefined) {
      const table = new HeapTable(this.#keys, this.#keyGroups, name, type);
      this.#tables.set(name, table);
      return table;
    }
    if (!isTableOf(registered, type)) throw otherType(registered.schema);
    return registered;
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): HeapMapTable<K, V> {
    const registered = this.#tables.get(name);
    if (registered === undefined) {
      const table = new HeapMapTable(this.#keys, this.#keyGroups, name, keyType, type);
      this.#tables.set(name, table);
      return table;
    }
    if (!isMapTableOf(registered, keyType, type)) throw otherType(registered.schema);
    return registered;
  }

  timers(domain: TimerDomain): HeapTimers {
    return domain === 'event' ? this.#eventTimers : this.#processingTimers;
  }

  keysOf(state: string): readonly unknown[] {
    return (
      this.#tables
        .get(state)
        ?.allKeys()
        .map(({ key }) => key) ?? []
    );
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    return (
      this.#tables
        .get(state)
        ?.someKeys(count)
        .map(({ key }) => key) ?? []
    );
  }

  admit(): undefined {
    return undefined;
  }

  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot {
    const states = [...this.#tables.values()].map((table) => table.freeze(sieves?.get(table.schema.name)));
    states.sort((a, b) => (a.schema.name < b.schema.name ? -1 : 1));
    return new HeapSnapshot({
      range: this.range,
      keyType: this.#keyType,
      writer: this.#writer,
      floors,
      states,
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

  /** The reader of a header's key groups; registers its states. */
  #reader(header: Uint8Array): KeyGroupReader {
    const content = readHeader(header);
    if (!sameType(content.keyType, this.#keyType)) {
      throw new JobError('the key type is not that of the restored state: a key keeps its type for the life of a job');
    }
    // The types that are at hand already have compiled serializers; the equal ones of the header have none.
    const states = content.states.map((state) => this.#register(state));
    return new KeyGroupReader({ keyType: this.#keyType, states });
  }

  #register(state: StateSchema): StateSchema {
    return state.kind === 'value'
      ? this.table(state.name, state.type).schema
      : this.mapTable(state.name, state.keyType, state.type).schema;
  }
}

/** Puts what it is shown into the backend. One object for all key groups: there may be many, and most are empty. */
class RestoringVisitor implements GroupVisitor {
  keyGroup = 0;
  readonly #backend: HeapBackend;
  readonly #keys: HeapKeys;

  constructor(backend: HeapBackend, keys: HeapKeys) {
    this.#backend = backend;
    this.#keys = keys;
  }

  value(state: ValueStateSchema, key: unknown, namespace: TimeWindow | undefined, value: unknown): void {
    this.#backend.table(state.name, state.type).putFor(this.#owned(key), namespace, value);
  }

  map(state: MapStateSchema, key: unknown, entries: readonly (readonly [unknown, unknown])[]): void {
    const owner = this.#owned(key);
    const table = this.#backend.mapTable(state.name, state.keyType, state.type);
    for (const [mapKey, value] of entries) table.putFor(owner, mapKey, value);
  }

  timer(domain: TimerDomain, timestamp: Timestamp, key: unknown, namespace: TimeWindow | undefined): void {
    this.#backend.timers(domain).addFor(this.#owned(key), timestamp, namespace);
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

// ---- registered states: the same name always comes with the same type

function isTableOf<T>(table: AnyTable, type: TypeInfo<T>): table is HeapTable<T> {
  return table.schema.kind === 'value' && sameType(table.schema.type, type);
}

function isMapTableOf<K, V>(table: AnyTable, keyType: TypeInfo<K>, type: TypeInfo<V>): table is HeapMapTable<K, V> {
  const { schema } = table;
  return schema.kind === 'map' && sameType(schema.keyType, keyType) && sameType(schema.type, type);
}

function otherType({ name, kind }: StateSchema): JobError {
  return new JobError(
    `state ${name} is registered or restored as a ${kind} state of another type: use one descriptor for it, ` +
      'and another name for a state of another type',
  );
}
