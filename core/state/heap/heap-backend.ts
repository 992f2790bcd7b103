/**
 * Keyed state on the heap: value and map states and timers per key group, copied on write while snapshots hold them.
 *
 * - The sync part of a snapshot copies an array of references per state (heap-slots.ts); bytes are made when `encode` is
 *   called, from structure and values that nobody changes any more.
 * - Bytes are a function of the content (snapshot-format.ts).
 * - Restored states are there with the types that they were written with, whether or not the job has registered them:
 *   what it does not register is kept and written again, what it registers with another type is a `JobError`.
 *
 * Left out: TTL, migration to another type.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { assert, JobError } from '../../errors.ts';
import type { KeyedSnapshot, KeyedStateBackend } from '../backend.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { HeapKeys } from './heap-keys.ts';
import type { HeapKey } from './heap-keys.ts';
import { HeapMapTable, HeapTable } from './heap-tables.ts';
import type { FrozenState } from './heap-tables.ts';
import { HeapTimers } from './heap-timers.ts';
import type { FrozenTimers } from './heap-timers.ts';
import { KeyGroupReader, readHeader, sameType, TIMER_DOMAINS, writeHeader } from '../snapshot-format.ts';
import type { GroupVisitor, MapStateSchema, StateSchema, TimerDomain, ValueStateSchema } from '../snapshot-format.ts';

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
  private readonly keyType: TypeInfo;
  private readonly keyGroups: number;
  private readonly keys: HeapKeys;
  private readonly tables = new Map<string, AnyTable>();
  private readonly eventTimers: HeapTimers;
  private readonly processingTimers: HeapTimers;
  private readonly writer = new ByteWriter();
  private readonly restoring: RestoringVisitor;
  /** Of the last `restore`: all key groups of a snapshot come with one header. */
  private lastRestored: { readonly header: Uint8Array; readonly reader: KeyGroupReader } | undefined = undefined;

  constructor(options: HeapBackendOptions) {
    this.range = options.range;
    this.keyType = options.keyType;
    this.keyGroups = options.range.end - options.range.start + 1;
    this.keys = new HeapKeys(options.range, options.maxParallelism, options.keyType);
    this.eventTimers = new HeapTimers(this.keys, this.keyGroups);
    this.processingTimers = new HeapTimers(this.keys, this.keyGroups);
    this.restoring = new RestoringVisitor(this, this.keys);
  }

  setCurrentKey(key: unknown): void {
    this.keys.select(key);
  }

  get currentKey(): unknown {
    return this.keys.current.key;
  }

  get currentKeyGroup(): number {
    return this.keys.current.keyGroup;
  }

  table<T>(name: string, type: TypeInfo<T>): HeapTable<T> {
    const registered = this.tables.get(name);
    if (registered === undefined) {
      const table = new HeapTable(this.keys, this.keyGroups, name, type);
      this.tables.set(name, table);
      return table;
    }
    if (!isTableOf(registered, type)) throw otherType(registered.schema);
    return registered;
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): HeapMapTable<K, V> {
    const registered = this.tables.get(name);
    if (registered === undefined) {
      const table = new HeapMapTable(this.keys, this.keyGroups, name, keyType, type);
      this.tables.set(name, table);
      return table;
    }
    if (!isMapTableOf(registered, keyType, type)) throw otherType(registered.schema);
    return registered;
  }

  timers(domain: TimerDomain): HeapTimers {
    return domain === 'event' ? this.eventTimers : this.processingTimers;
  }

  keysOf(state: string): readonly unknown[] {
    return (
      this.tables
        .get(state)
        ?.allKeys()
        .map(({ key }) => key) ?? []
    );
  }

  snapshot(floors: (keyGroup: number) => Timestamp): KeyedSnapshot {
    const states = [...this.tables.values()].map((table) => table.freeze());
    states.sort((a, b) => (a.schema.name < b.schema.name ? -1 : 1));
    return new HeapSnapshot({
      keys: this.keys,
      keyType: this.keyType,
      writer: this.writer,
      floors: Array.from({ length: this.keyGroups }, (_, at) => floors(this.range.start + at)),
      states,
      timers: TIMER_DOMAINS.map((domain) => this.timers(domain).freeze()),
    });
  }

  restore(header: Uint8Array, keyGroup: number, bytes: Uint8Array): Timestamp {
    this.keys.offset(keyGroup);
    this.restoring.keyGroup = keyGroup;
    return this.readerOf(header).read(bytes, this.restoring);
  }

  /** The reader of a header's key groups; registers its states when it is new. */
  private readerOf(header: Uint8Array): KeyGroupReader {
    if (this.lastRestored?.header === header) return this.lastRestored.reader;
    const content = readHeader(header);
    if (!sameType(content.keyType, this.keyType)) {
      throw new JobError('the key type is not that of the restored state: a key keeps its type for the life of a job');
    }
    // The types that are at hand already have compiled serializers; the equal ones of the header have none.
    const states = content.states.map((state) => this.register(state));
    const reader = new KeyGroupReader({ keyType: this.keyType, states });
    this.lastRestored = { header, reader };
    return reader;
  }

  private register(state: StateSchema): StateSchema {
    return state.kind === 'value'
      ? this.table(state.name, state.type).schema
      : this.mapTable(state.name, state.keyType, state.type).schema;
  }
}

/** Puts what it is shown into the backend. One object for all key groups: there may be many, and most are empty. */
class RestoringVisitor implements GroupVisitor {
  keyGroup = 0;
  private readonly backend: HeapBackend;
  private readonly keys: HeapKeys;

  constructor(backend: HeapBackend, keys: HeapKeys) {
    this.backend = backend;
    this.keys = keys;
  }

  value(state: ValueStateSchema, key: unknown, namespace: TimeWindow | undefined, value: unknown): void {
    this.backend.table(state.name, state.type).putFor(this.owned(key), namespace, value);
  }

  map(state: MapStateSchema, key: unknown, entries: readonly (readonly [unknown, unknown])[]): void {
    const owner = this.owned(key);
    const table = this.backend.mapTable(state.name, state.keyType, state.type);
    for (const [mapKey, value] of entries) table.putFor(owner, mapKey, value);
  }

  timer(domain: TimerDomain, timestamp: Timestamp, key: unknown, namespace: TimeWindow | undefined): void {
    this.backend.timers(domain).addFor(this.owned(key), timestamp, namespace);
  }

  private owned(key: unknown): HeapKey {
    const owned = this.keys.of(key);
    assert(
      owned.keyGroup === this.keyGroup,
      () => `a key of group ${owned.keyGroup} lies in the snapshot of group ${this.keyGroup}`,
    );
    return owned;
  }
}

/** The sync part's result: what `encode` makes bytes of, at any later time. */
class HeapSnapshot implements KeyedSnapshot {
  private readonly keys: HeapKeys;
  private readonly keyType: TypeInfo;
  private readonly writer: ByteWriter;
  private readonly floors: readonly Timestamp[];
  private readonly states: readonly FrozenState[];
  private readonly timers: readonly FrozenTimers[];
  /** The last group without content: most groups have none, and then the bytes depend on the floor only. */
  private lastEmpty: { readonly floor: Timestamp; readonly bytes: Uint8Array } | undefined = undefined;

  /** `states` by name, `timers` in the order of TIMER_DOMAINS, `floors` by offset in the range. */
  constructor(parts: {
    readonly keys: HeapKeys;
    readonly keyType: TypeInfo;
    readonly writer: ByteWriter;
    readonly floors: readonly Timestamp[];
    readonly states: readonly FrozenState[];
    readonly timers: readonly FrozenTimers[];
  }) {
    this.keys = parts.keys;
    this.keyType = parts.keyType;
    this.writer = parts.writer;
    this.floors = parts.floors;
    this.states = parts.states;
    this.timers = parts.timers;
  }

  header(): Uint8Array {
    return writeHeader({ keyType: this.keyType, states: this.states.map((state) => state.schema) });
  }

  encode(keyGroup: number): Uint8Array {
    const at = this.keys.offset(keyGroup);
    const floor = this.floors[at];
    assert(floor !== undefined, () => `no floor for key group ${keyGroup}`);
    if (!this.isEmpty(at)) return this.write(at, floor);
    if (this.lastEmpty?.floor !== floor) this.lastEmpty = { floor, bytes: this.write(at, floor) };
    return this.lastEmpty.bytes;
  }

  private isEmpty(at: number): boolean {
    return this.states.every((state) => state.isEmpty(at)) && this.timers.every((timers) => timers.isEmpty(at));
  }

  private write(at: number, floor: Timestamp): Uint8Array {
    const out = this.writer;
    out.reset();
    out.zigzag(floor);
    for (const state of this.states) state.write(at, out);
    out.bool(false);
    for (const timers of this.timers) timers.write(at, out);
    return out.take();
  }
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
