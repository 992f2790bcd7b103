/**
 * Keyed state in the files of a host's disk, within a budget of memory: values and timers are entries of a log-structured
 * merge tree (store.ts), in order of key group. Values are bytes, made when they are put and read again when they are asked for.
 *
 * - The sync part of a snapshot switches the memtable; what is written comes from runs: the runs themselves, if checkpoints are
 *   incremental, and the canonical format otherwise.
 * - Restored states are columns of the types that they were written with until the job registers them: then all of a state's
 *   values become those of the registered type, in the turn that registers it. What it does not register stays as it was.
 *
 * Time to live is the states' own matter: here it is what a snapshot leaves out.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { assert, IoError, JobError } from '../../errors.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { FloorRange } from '../../time/floors.ts';
import { migrationOf, requireAsIs, typeText } from '../../values/evolution.ts';
import { sameType } from '../../values/serializers.ts';
import type { Coroutine, Pending } from '../../waiting.ts';
import type { KeyedSnapshot, KeyedStateBackend, ObjectReader, Sieve, StateBackendEnv, StateSlice } from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import {
  compareSchemas,
  type GroupVisitor,
  KeyGroupReader,
  type MapStateSchema,
  readHandle,
  readHeader,
  type StateSchema,
  type ValueStateSchema,
} from '../heap/snapshot-format.ts';
import { groupBinary } from './binary.ts';
import { isIncremental, readImage } from './image-format.ts';
import { type LsmKey, LsmKeys } from './lsm-keys.ts';
import { type AnyTable, LsmSnapshot } from './lsm-snapshot.ts';
import { LsmMapTable, LsmTable } from './lsm-tables.ts';
import { LsmTimers, type TimerDomain } from './lsm-timers.ts';
import type { Run } from './run.ts';
import { LsmStore, type StoreMemory } from './store.ts';
import { UploadedRuns } from './uploaded-runs.ts';

/** Throws `JobError` if values of the key type cannot be keys. */
export function createLsmBackend(env: StateBackendEnv, memoryBytes: number): LsmBackend {
  return new LsmBackend(env, memoryBytes);
}

export class LsmBackend implements KeyedStateBackend {
  readonly range: KeyGroupRange;
  readonly #env: StateBackendEnv;
  readonly #keys: LsmKeys;
  readonly #store: LsmStore;
  /** What the job has registered. */
  readonly #tables = new Map<string, AnyTable>();
  /** Restored and not registered since: by name, a table for each type. */
  readonly #carried = new Map<string, AnyTable[]>();
  readonly #timers: Readonly<Record<TimerDomain, LsmTimers>>;
  /** Undefined: checkpoints are full. */
  readonly #uploaded: UploadedRuns | undefined;

  constructor(env: StateBackendEnv, memoryBytes: number) {
    const { range, maxParallelism, keyType, disk, directory, scope } = env;
    this.range = range;
    this.#env = env;
    this.#keys = new LsmKeys(range, maxParallelism, keyType);
    this.#store = new LsmStore({
      disk,
      directory,
      scope,
      memoryBytes,
      event: (event) => env.event?.(event),
      ownBytes: () => this.#ownBytes,
    });
    this.#uploaded = env.settings.incremental ? new UploadedRuns() : undefined;
    this.#timers = {
      event: new LsmTimers('event', this.#keys, this.#store),
      processing: new LsmTimers('processing', this.#keys, this.#store),
    };
  }

  get failure(): IoError | undefined {
    return this.#store.failure;
  }

  /** What it takes in memory, in bytes: by its own account, and counted anew. */
  get memory(): { readonly account: StoreMemory; readonly measured: StoreMemory } {
    return { account: this.#store.memory, measured: this.#store.measured() };
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

  table<T>(name: string, type: TypeInfo<T>): LsmTable<T> {
    const registered = this.#tables.get(name) ?? this.#register({ kind: 'value', name, type });
    if (!isTableOf(registered, type)) throw otherType(registered.schema, { kind: 'value', name, type });
    return registered;
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): LsmMapTable<K, V> {
    const registered = this.#tables.get(name) ?? this.#register({ kind: 'map', name, keyType, type });
    if (!isMapTableOf(registered, keyType, type))
      throw otherType(registered.schema, { kind: 'map', name, keyType, type });
    return registered;
  }

  timers(domain: TimerDomain): LsmTimers {
    return this.#timers[domain];
  }

  keysOf(state: string): readonly unknown[] {
    const registered = this.#tables.get(state);
    const tables = registered === undefined ? (this.#carried.get(state) ?? []) : [registered];
    const keys: LsmKey[] = tables.flatMap((table) => [...table.keys()]);
    return keys.sort((a, b) => (a.binary < b.binary ? -1 : 1)).map(({ key }) => key);
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    return this.#tables.get(state)?.someKeys(count) ?? [];
  }

  admit(): Pending<void> | undefined {
    return this.#store.admit();
  }

  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot {
    const registered = [...this.#tables.values()].map((table) => ({ table, sieve: sieves?.get(table.schema.name) }));
    // What nobody has asked for yet has no time to live that would be known.
    const carried = [...this.#carried.values()].flat().filter(({ isEmpty }) => !isEmpty);
    const states = [...registered, ...carried.map((table) => ({ table, sieve: undefined }))];
    states.sort((a, b) => compareSchemas(a.table.schema, b.table.schema));
    return new LsmSnapshot({
      keyType: this.#env.keyType,
      keys: this.#keys,
      store: this.#store,
      view: this.#store.view(),
      uploaded: this.#uploaded,
      floors,
      states,
    });
  }

  /** What is restored fills memtables like anything else that is written; between key groups they are flushed. */
  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]> {
    const floors: FloorRange[] = [];
    const visitor = new RestoringVisitor(this, this.#keys);
    yield* this.#restoreRuns(handles.filter(isIncremental), floors, read);
    for (const handle of handles) {
      if (isIncremental(handle)) continue;
      const { object, header, runs } = readHandle(handle);
      const bytes = yield* read(object);
      const reader = this.#reader(sliceOf(bytes, header));
      for (const { first, last, slice } of runs) {
        const start = Math.max(first, this.range.start);
        const end = Math.min(last, this.range.end);
        if (start > end) continue;
        visitor.keyGroup = start;
        floors.push({ start, end, floor: reader.read(sliceOf(bytes, slice), visitor) });
        for (let wait = this.admit(); wait !== undefined; wait = this.admit()) yield* wait;
      }
    }
    for (const [name, table] of this.#tables) this.#migrate(name, table);
    return floors.sort((a, b) => a.start - b.start);
  }

  notifyComplete(checkpoint: number): void {
    this.#uploaded?.completed(checkpoint);
  }

  notifyAborted(checkpoint: number): void {
    this.#uploaded?.aborted(checkpoint);
  }

  close(): void {
    this.#store.close();
  }

  /** The table of restored values of this very type. */
  carried(schema: StateSchema): AnyTable {
    const { name } = schema;
    const known = this.#carried.get(name) ?? [];
    let table = known.find((candidate) => candidate.schema === schema || sameSchema(candidate.schema, schema));
    if (table === undefined) {
      table = this.#create(schema);
      known.push(table);
      this.#carried.set(name, known);
    }
    return table;
  }

  get #ownBytes(): number {
    let bytes = this.#timers.event.memoryBytes + this.#timers.processing.memoryBytes;
    for (const table of this.#tables.values()) bytes += table.walkBytes;
    return bytes;
  }

  /** Runs become runs of this store, as they are; of several handles in any order, since no key group is in two of them. */
  *#restoreRuns(handles: readonly KeyedHandle[], floors: FloorRange[], read: ObjectReader): Coroutine<void> {
    const foreign: { readonly run: Run; readonly bytes: Uint8Array; readonly name: string }[] = [];
    for (const handle of handles) {
      const [common = '', ...names] = handle.objects;
      const image = readImage(handle, yield* read(common));
      requireAsIs('the key', image.header.keyType, this.#env.keyType);
      for (const schema of image.header.states) this.carried(schema).isEmpty = false;
      for (const { start, end, floor } of image.floors) {
        const range = { start: Math.max(start, this.range.start), end: Math.min(end, this.range.end), floor };
        if (range.start <= range.end) floors.push(range);
      }
      for (const [at, name] of names.entries()) {
        const run = image.runs[at];
        if (run === undefined) throw new IoError(`object ${common} does not describe ${name}`);
        const own = within(within(run, handle.first, handle.last), this.range.start, this.range.end);
        if (own.from < own.to) foreign.push({ run: own, bytes: yield* read(name), name });
      }
    }
    if (handles.length === 0) return;
    const runs = yield* this.#store.adopt(foreign);
    this.#uploaded?.restored(new Map(runs.map(({ id }, at) => [id, foreign[at]?.name ?? ''])));
    for (const timers of Object.values(this.#timers)) timers.adopt();
  }

  /** The reader of a header's key groups. */
  #reader(header: Uint8Array): KeyGroupReader {
    const { keyType, states } = readHeader(header);
    requireAsIs('the key', keyType, this.#env.keyType);
    return new KeyGroupReader({
      keyType: this.#env.keyType,
      states: states.map((state) => this.carried(state).schema),
    });
  }

  #create(schema: StateSchema): AnyTable {
    const context = { keys: this.#keys, store: this.#store };
    return schema.kind === 'value'
      ? new LsmTable<unknown>(schema.name, schema.type, context)
      : new LsmMapTable<unknown, unknown>(schema.name, schema.keyType, schema.type, context);
  }

  #register(schema: StateSchema): AnyTable {
    const table = this.#create(schema);
    this.#migrate(schema.name, table);
    this.#tables.set(schema.name, table);
    return table;
  }

  /** Everything that was restored of the state becomes the table's. What has its very type is in its column already. */
  #migrate(name: string, into: AnyTable): void {
    for (const from of this.#carried.get(name) ?? []) {
      if (from.schema.kind !== into.schema.kind) throw otherKind(from.schema, into.schema.kind);
      const migrated = !sameSchema(from.schema, into.schema);
      if (migrated) moveAll(name, from, into);
      this.#env.adopted?.(name, migrated && !sameType(from.schema.type, into.schema.type));
    }
    this.#carried.delete(name);
  }
}

/** The same run, of which nothing but these key groups counts. */
function within(run: Run, first: number, last: number): Run {
  const [from, to] = [groupBinary(first), groupBinary(last + 1)];
  return { ...run, from: run.from > from ? run.from : from, to: run.to < to ? run.to : to };
}

function moveAll(name: string, from: AnyTable, into: AnyTable): void {
  if (from instanceof LsmTable && into instanceof LsmTable) {
    from.moveTo(into, migrationOf(`state "${name}"`, from.schema.type, into.schema.type) ?? asItIs);
  } else if (from instanceof LsmMapTable && into instanceof LsmMapTable) {
    const convertKey = requireAsIs(`the key of map state "${name}"`, from.schema.keyType, into.schema.keyType);
    const convert = migrationOf(`map state "${name}"`, from.schema.type, into.schema.type);
    from.moveTo(into, convertKey ?? asItIs, convert ?? asItIs);
  }
}

/** Puts what it is shown into the backend. */
class RestoringVisitor implements GroupVisitor {
  keyGroup = 0;
  readonly #backend: LsmBackend;
  readonly #keys: LsmKeys;

  constructor(backend: LsmBackend, keys: LsmKeys) {
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

  #owned(key: unknown): LsmKey {
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

function isTableOf<T>(table: AnyTable, type: TypeInfo<T>): table is LsmTable<T> {
  return table.schema.kind === 'value' && sameType(table.schema.type, type);
}

function isMapTableOf<K, V>(table: AnyTable, keyType: TypeInfo<K>, type: TypeInfo<V>): table is LsmMapTable<K, V> {
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
