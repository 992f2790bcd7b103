/**
 * Keyed state on the heap: value and map states and timers per key group, copied on write while snapshots hold them.
 *
 * - The sync part of a snapshot copies an array of references per state (heap-slots.ts); bytes are made when `write` is
 *   called (heap-snapshot.ts), from structure and values that do not change any more.
 * - Bytes are a function of the content (snapshot-format.ts).
 * - Restored states are there with the types that they were written with until the job registers them: then all of a
 *   state's values become those of the registered type (values/evolution.ts). What it does not register is kept and written
 *   again as it was, so that a later version of the job migrates what the first one wrote. Handles may hold one state in
 *   several types: it was registered in some subtasks and not in others.
 *
 * Time to live is the states' own matter: here it is what a snapshot leaves out.
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
import { migrationOf, requireAsIs, typeText } from '../../values/evolution.ts';
import { sameType } from '../../values/serializers.ts';
import { compareKeys, HeapKeys } from './heap-keys.ts';
import type { HeapKey } from './heap-keys.ts';
import { HeapSnapshot } from './heap-snapshot.ts';
import { HeapMapTable, HeapTable } from './heap-tables.ts';
import { HeapTimers } from './heap-timers.ts';
import { compareSchemas, KeyGroupReader, readHandle, readHeader, TIMER_DOMAINS } from './snapshot-format.ts';
import type { GroupVisitor, MapStateSchema, StateSchema, TimerDomain, ValueStateSchema } from './snapshot-format.ts';

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

type AnyTable = HeapTable<unknown> | HeapMapTable<unknown, unknown>;

class HeapBackend implements KeyedStateBackend {
  readonly range: KeyGroupRange;
  readonly #keyType: TypeInfo;
  readonly #keyGroups: number;
  readonly #keys: HeapKeys;
  /** What the job has registered. */
  readonly #tables = new Map<string, AnyTable>();
  /** Restored and not registered since: by name, a table for each type. */
  readonly #carried = new Map<string, AnyTable[]>();
  readonly #eventTimers: HeapTimers;
  readonly #processingTimers: HeapTimers;
  readonly #writer = new ByteWriter();
  readonly #restoring: RestoringVisitor;
  readonly #adoptedBy: HeapBackendOptions['adopted'];
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
    this.#adoptedBy = options.adopted;
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
    const registered = this.#tables.get(name) ?? this.#registerValues(name, type);
    if (!isTableOf(registered, type)) throw otherType(registered.schema, { kind: 'value', name, type });
    return registered;
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): HeapMapTable<K, V> {
    const registered = this.#tables.get(name) ?? this.#registerMaps(name, keyType, type);
    if (!isMapTableOf(registered, keyType, type))
      throw otherType(registered.schema, { kind: 'map', name, keyType, type });
    return registered;
  }

  timers(domain: TimerDomain): HeapTimers {
    return domain === 'event' ? this.#eventTimers : this.#processingTimers;
  }

  keysOf(state: string): readonly unknown[] {
    const registered = this.#tables.get(state);
    if (registered !== undefined) return registered.allKeys().map(({ key }) => key);
    const keys = (this.#carried.get(state) ?? []).flatMap((table) => table.allKeys());
    return keys.sort(compareKeys).map(({ key }) => key);
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
    const registered = [...this.#tables.values()].map((table) => table.freeze(sieves?.get(table.schema.name)));
    // What nobody has asked for yet has no time to live that would be known.
    const carried = [...this.#carried.values()].flat().filter((table) => !table.isEmpty);
    const states = [...registered, ...carried.map((table) => table.freeze())];
    states.sort((a, b) => compareSchemas(a.schema, b.schema));
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
    for (const [name, table] of this.#tables) {
      const { schema } = table;
      if (schema.kind === 'value' && isTableOf<unknown>(table, schema.type)) this.#migrateValues(name, table);
      if (schema.kind === 'map' && isMapTableOf<unknown, unknown>(table, schema.keyType, schema.type))
        this.#migrateMaps(name, table);
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

  /** The reader of a header's key groups. */
  #reader(header: Uint8Array): KeyGroupReader {
    const content = readHeader(header);
    requireAsIs('the key', content.keyType, this.#keyType);
    // The types that are at hand already have compiled serializers; the equal ones of the header have none.
    const states = content.states.map((state) => this.carried(state).schema);
    return new KeyGroupReader({ keyType: this.#keyType, states });
  }

  /** The table of restored values of this very type. */
  carried(schema: StateSchema): AnyTable {
    const { name } = schema;
    const known = this.#carried.get(name) ?? [];
    let table = known.find((candidate) => candidate.schema === schema || sameSchema(candidate.schema, schema));
    if (table === undefined) {
      table =
        schema.kind === 'value'
          ? new HeapTable<unknown>(this.#keys, this.#keyGroups, name, schema.type)
          : new HeapMapTable<unknown, unknown>(this.#keys, this.#keyGroups, name, schema.keyType, schema.type);
      known.push(table);
      this.#carried.set(name, known);
    }
    return table;
  }

  #registerValues(name: string, type: TypeInfo): AnyTable {
    const only = this.#onlyCarried(name);
    if (only?.schema.kind === 'value' && isTableOf<unknown>(only, only.schema.type)) {
      if (migrationOf(`state "${name}"`, only.schema.type, type) === undefined) {
        const migrated = !sameType(only.schema.type, type);
        only.adopt(type);
        return this.#adopted(name, only, migrated);
      }
    }
    const table = new HeapTable<unknown>(this.#keys, this.#keyGroups, name, type);
    this.#migrateValues(name, table);
    this.#tables.set(name, table);
    return table;
  }

  #registerMaps(name: string, keyType: TypeInfo, type: TypeInfo): AnyTable {
    const only = this.#onlyCarried(name);
    if (only?.schema.kind === 'map' && isMapTableOf<unknown, unknown>(only, only.schema.keyType, only.schema.type)) {
      const convertKey = requireAsIs(`the key of map state "${name}"`, only.schema.keyType, keyType);
      if (convertKey === undefined && migrationOf(`map state "${name}"`, only.schema.type, type) === undefined) {
        const migrated = !sameType(only.schema.type, type);
        only.adopt(keyType, type);
        return this.#adopted(name, only, migrated);
      }
    }
    const table = new HeapMapTable<unknown, unknown>(this.#keys, this.#keyGroups, name, keyType, type);
    this.#migrateMaps(name, table);
    this.#tables.set(name, table);
    return table;
  }

  /** The restored values of the state, if all of them are of one type. */
  #onlyCarried(name: string): AnyTable | undefined {
    const carried = this.#carried.get(name);
    return carried?.length === 1 ? carried[0] : undefined;
  }

  #adopted(name: string, table: AnyTable, migrated: boolean): AnyTable {
    this.#adoptedBy?.(name, migrated);
    this.#carried.delete(name);
    this.#tables.set(name, table);
    return table;
  }

  /** Moves everything that was restored of the state. */
  #migrateValues(name: string, into: HeapTable<unknown>): void {
    const { type } = into.schema;
    const carried = this.#carried.get(name) ?? [];
    for (const from of carried) {
      const { schema } = from;
      if (schema.kind !== 'value' || !isTableOf<unknown>(from, schema.type)) throw otherKind(schema, 'value');
      from.moveTo(into, migrationOf(`state "${name}"`, schema.type, type) ?? asItIs);
      this.#adoptedBy?.(name, !sameType(schema.type, type));
    }
    this.#carried.delete(name);
  }

  #migrateMaps(name: string, into: HeapMapTable<unknown, unknown>): void {
    const { keyType, type } = into.schema;
    const carried = this.#carried.get(name) ?? [];
    for (const from of carried) {
      const { schema } = from;
      if (schema.kind !== 'map' || !isMapTableOf<unknown, unknown>(from, schema.keyType, schema.type))
        throw otherKind(schema, 'map');
      const convertKey = requireAsIs(`the key of map state "${name}"`, schema.keyType, keyType);
      const convert = migrationOf(`map state "${name}"`, schema.type, type);
      from.moveTo(into, convertKey ?? asItIs, convert ?? asItIs);
      this.#adoptedBy?.(name, !sameType(schema.type, type));
    }
    this.#carried.delete(name);
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
    const table = this.#backend.carried(state);
    if (isTableOf<unknown>(table, state.type)) table.putFor(this.#owned(key), namespace, value);
  }

  map(state: MapStateSchema, key: unknown, entries: readonly (readonly [unknown, unknown])[]): void {
    const owner = this.#owned(key);
    const table = this.#backend.carried(state);
    if (!isMapTableOf<unknown, unknown>(table, state.keyType, state.type)) return;
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

function sameSchema(a: StateSchema, b: StateSchema): boolean {
  if (a.kind === 'value') return b.kind === 'value' && sameType(a.type, b.type);
  return b.kind === 'map' && sameType(a.keyType, b.keyType) && sameType(a.type, b.type);
}

function asItIs(value: unknown): unknown {
  return value;
}

function otherKind({ name, kind }: StateSchema, declared: StateSchema['kind']): JobError {
  return new JobError(
    `state "${name}" was written as a ${kind} state and is declared as a ${declared} state: give it another name`,
  );
}

function otherType(registered: StateSchema, asked: StateSchema): JobError {
  return new JobError(
    `state "${asked.name}" is registered as a ${typesOf(registered)} and is asked for as a ${typesOf(asked)}: use one ` +
      'descriptor for it, and another name for a state of another type',
  );
}

function typesOf(schema: StateSchema): string {
  const { kind, type } = schema;
  return `${kind} state of ${kind === 'map' ? `${typeText(schema.keyType)} to ` : ''}${typeText(type)}`;
}
