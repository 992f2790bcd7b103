/**
 * Keyed state in the files of a host's disk, within a budget of memory: values and timers are entries of a log-structured
 * merge tree (store.ts), in order of key group. Values are bytes, made when they are put and read again when they are asked for.
 *
 * - The sync part of a snapshot switches the memtable; what is written comes from runs: the runs themselves, if checkpoints are
 *   incremental, and the canonical format otherwise.
 * - Restored states are columns of the types that they were written with until the job registers them (keyed-states.ts): then those
 *   of another type move, in the turn that registers the state.
 *
 * Time to live is the states' own matter: here it is what a snapshot leaves out.
 */
import type { StateStoreEvent } from '../../facts.ts';
import type { TypeInfo } from '../../job/types.ts';
import { IoError } from '../../errors.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import type { FloorRange } from '../../time/floors.ts';
import { requireAsIs } from '../../values/evolution.ts';
import type { Coroutine, Pending } from '../../waiting.ts';
import type {
  KeyedMapTable,
  KeyedSnapshot,
  KeyedStateBackend,
  KeyedTable,
  ObjectReader,
  Sieve,
  SievedState,
  StateBackendEnv,
} from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import { KeyedStates } from '../keyed-states.ts';
import { restoreGroups, type RestoreTarget } from '../restored-groups.ts';
import type { MapStateSchema, TimerDomain, ValueStateSchema } from '../snapshot-format.ts';
import { groupBinary } from './binary.ts';
import { isIncremental, readImage } from './image-format.ts';
import { LsmCleanUp } from './lsm-clean-up.ts';
import { type LsmKey, LsmKeys } from './lsm-keys.ts';
import { LsmSnapshot } from './lsm-snapshot.ts';
import { LsmMapTable, LsmTable } from './lsm-tables.ts';
import { LsmTimers } from './lsm-timers.ts';
import type { Run } from './run.ts';
import { LsmStore, type StoreMemory } from './store.ts';
import { UploadedRuns } from './uploaded-runs.ts';

/** Throws `JobError` if values of the key type cannot be keys. */
export function createLsmBackend(env: StateBackendEnv, memoryBytes: number): LsmBackend {
  return new LsmBackend(env, memoryBytes);
}

export class LsmBackend implements KeyedStateBackend {
  readonly range: KeyGroupRange;
  readonly #keyType: TypeInfo;
  readonly #keys: LsmKeys;
  readonly #store: LsmStore;
  readonly #event: (event: StateStoreEvent) => void;
  readonly #states: KeyedStates<LsmKey, LsmTable<unknown>, LsmMapTable<unknown, unknown>>;
  readonly #timers: Readonly<Record<TimerDomain, LsmTimers>>;
  readonly #cleanUp: LsmCleanUp;
  /** Undefined: checkpoints are full. */
  readonly #uploaded: UploadedRuns | undefined;

  constructor(env: StateBackendEnv, memoryBytes: number) {
    const { range, maxParallelism, keyType, disk, directory, scope } = env;
    this.range = range;
    this.#keyType = keyType;
    const event = (event: StateStoreEvent): void => env.event?.(event);
    this.#event = event;
    const keys = (this.#keys = new LsmKeys(range, maxParallelism, keyType));
    const store = (this.#store = new LsmStore({
      disk,
      directory,
      scope,
      memoryBytes,
      event,
      ownBytes: () => this.#ownBytes,
      sift: () => this.#cleanUp.sift(),
      dropped: (binaries) => {
        this.#cleanUp.dropped(binaries);
      },
    }));
    const context = { keys, store };
    const maker = {
      value: (schema: ValueStateSchema) => new LsmTable<unknown>(schema, context),
      map: (schema: MapStateSchema) => new LsmMapTable<unknown, unknown>(schema, context),
    };
    this.#states = new KeyedStates(maker, env);
    this.#cleanUp = new LsmCleanUp({
      keys,
      now: env.now,
      tableOf: (state) => this.#states.registered(state),
      dropped: (dropped) => env.dropped?.(dropped),
    });
    this.#uploaded = env.settings.incremental ? new UploadedRuns() : undefined;
    this.#timers = { event: new LsmTimers('event', keys, store), processing: new LsmTimers('processing', keys, store) };
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

  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    return this.#states.table(name, type);
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V> {
    return this.#states.mapTable(name, keyType, type);
  }

  timers(domain: TimerDomain): LsmTimers {
    return this.#timers[domain];
  }

  keysOf(state: string): readonly unknown[] {
    const keys = this.#states.tablesOf(state).flatMap((table) => [...table.keys()]);
    return keys.sort((a, b) => (a.binary < b.binary ? -1 : 1)).map(({ key }) => key);
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    return this.#states.registered(state)?.someKeys(count) ?? [];
  }

  cleanUp(state: SievedState): void {
    this.#cleanUp.add(state);
  }

  admit(): Pending<void> | undefined {
    return this.#store.admit();
  }

  snapshot(floors: readonly FloorRange[], sieves?: ReadonlyMap<string, Sieve>): KeyedSnapshot {
    return new LsmSnapshot({
      keyType: this.#keyType,
      keys: this.#keys,
      store: this.#store,
      view: this.#store.view(),
      uploaded: this.#uploaded,
      floors,
      states: this.#states.ofSnapshot(sieves),
    });
  }

  /** What is restored fills memtables like anything else that is written; between key groups they are flushed. */
  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]> {
    const floors: FloorRange[] = [];
    yield* this.#restoreRuns(handles.filter(isIncremental), floors, read);
    const whole = handles.filter((handle) => !isIncremental(handle));
    floors.push(...(yield* restoreGroups(this.#restoring, whole, read)));
    this.#states.migrateRegistered();
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

  get #ownBytes(): number {
    let bytes = this.#timers.event.memoryBytes + this.#timers.processing.memoryBytes;
    for (const table of this.#states.allRegistered()) bytes += table.walkBytes;
    return bytes;
  }

  /** Runs become runs of this store, as they are; of several handles in any order, since no key group is in two of them. */
  *#restoreRuns(handles: readonly KeyedHandle[], floors: FloorRange[], read: ObjectReader): Coroutine<void> {
    const foreign: { readonly run: Run; readonly bytes: Uint8Array; readonly name: string }[] = [];
    for (const handle of handles) {
      const [common = '', ...names] = handle.objects;
      const image = readImage(handle, yield* read(common));
      requireAsIs('the key', image.header.keyType, this.#keyType);
      for (const schema of image.header.states) this.#states.carried(schema).isEmpty = false;
      for (const { start, end, floor } of image.floors) {
        const range = { start: Math.max(start, this.range.start), end: Math.min(end, this.range.end), floor };
        if (range.start <= range.end) floors.push(range);
      }
      for (const [at, name] of names.entries()) {
        const run = image.runs[at];
        if (run === undefined) throw new IoError(`object ${common} does not describe ${name}`);
        const of = within(run, handle.first, handle.last);
        const own = within(of, this.range.start, this.range.end);
        if (own.from >= own.to) continue;
        if (isCut(of, own)) this.#event('run-cut');
        foreign.push({ run: own, bytes: yield* read(name), name });
      }
    }
    if (handles.length === 0) return;
    const runs = yield* this.#store.adopt(foreign);
    this.#uploaded?.restored(new Map(runs.map(({ id }, at) => [id, foreign[at]?.name ?? ''])));
    for (const timers of Object.values(this.#timers)) timers.adopt();
  }

  get #restoring(): RestoreTarget<LsmKey> {
    return {
      range: this.range,
      keyType: this.#keyType,
      keys: this.#keys,
      states: this.#states,
      timers: this.#timers,
      admit: () => this.admit(),
    };
  }
}

/** A border of key groups goes through what counts of the run. */
function isCut(run: Run, own: Run): boolean {
  return (run.from < own.from && run.least < own.from) || (own.to < run.to && own.to <= run.greatest);
}

/** The same run, of which nothing but these key groups counts. */
function within(run: Run, first: number, last: number): Run {
  const [from, to] = [groupBinary(first), groupBinary(last + 1)];
  return { ...run, from: run.from > from ? run.from : from, to: run.to < to ? run.to : to };
}
