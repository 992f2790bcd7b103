/**
 * Keyed state on the heap: value and map states and timers per key group, copied on write while snapshots hold them.
 *
 * - The sync part of a snapshot copies an array of references per state (heap-slots.ts); bytes are made when `write` is
 *   called (heap-snapshot.ts), from structure and values that do not change any more.
 * - Bytes are a function of the content (snapshot-format.ts).
 * - Restored states wait in the types that they were written with until the job registers them (keyed-states.ts).
 *
 * Time to live is the states' own matter: here it is what a snapshot leaves out.
 */
import type { TypeInfo } from '../../job/types.ts';
import type { FloorRange } from '../../time/floors.ts';
import type { Coroutine } from '../../waiting.ts';
import type {
  KeyedMapTable,
  KeyedSnapshot,
  KeyedStateBackend,
  KeyedTable,
  ObjectReader,
  Sieve,
  StateBackendEnv,
} from '../backend.ts';
import type { KeyedHandle } from '../handles.ts';
import type { KeyGroupRange } from '../../graph/key-groups.ts';
import { ByteWriter } from '../../values/bytes.ts';
import { KeyedStates } from '../keyed-states.ts';
import { restoreGroups, type RestoreTarget } from '../restored-groups.ts';
import { type MapStateSchema, type TimerDomain, TIMER_DOMAINS, type ValueStateSchema } from '../snapshot-format.ts';
import { compareKeys, type HeapKey, HeapKeys } from './heap-keys.ts';
import { HeapSnapshot } from './heap-snapshot.ts';
import { HeapMapTable, HeapTable } from './heap-tables.ts';
import { HeapTimers } from './heap-timers.ts';

export type HeapBackendOptions = Pick<StateBackendEnv, 'range' | 'maxParallelism' | 'keyType' | 'now' | 'adopted'>;

/** A backend for the key groups of one subtask, empty. @throws JobError if values of the key's type cannot be keys. */
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
  readonly #states: KeyedStates<HeapKey, HeapTable<unknown>, HeapMapTable<unknown, unknown>>;
  readonly #timers: Readonly<Record<TimerDomain, HeapTimers>>;
  readonly #writer = new ByteWriter();
  /** Nothing is read from outside. */
  readonly failure = undefined;

  constructor(env: HeapBackendOptions) {
    const { range, maxParallelism, keyType } = env;
    this.range = range;
    this.#keyType = keyType;
    const keyGroups = range.end - range.start + 1;
    const keys = (this.#keys = new HeapKeys(range, maxParallelism, keyType));
    const maker = {
      value: ({ name, type }: ValueStateSchema) => new HeapTable<unknown>(keys, keyGroups, name, type),
      map: ({ name, keyType: mapKeyType, type }: MapStateSchema) =>
        new HeapMapTable<unknown, unknown>(keys, keyGroups, name, mapKeyType, type),
    };
    this.#states = new KeyedStates(maker, env);
    this.#timers = { event: new HeapTimers(keys, keyGroups), processing: new HeapTimers(keys, keyGroups) };
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

  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    return this.#states.table(name, type);
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V> {
    return this.#states.mapTable(name, keyType, type);
  }

  keysOf(state: string): readonly unknown[] {
    const keys = this.#states.tablesOf(state).flatMap((table) => table.keys());
    return keys.sort(compareKeys).map(({ key }) => key);
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    const some = this.#states.registered(state)?.someKeys(count) ?? [];
    return some.map(({ key }) => key);
  }

  endKey(): void {
    for (const domain of TIMER_DOMAINS) this.#timers[domain].closed = true;
  }

  forgetKey(): void {
    for (const table of this.#states.allRegistered()) table.forgetKey();
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
      states: this.#states.ofSnapshot(sieves).map(({ table, sieve }) => table.freeze(sieve)),
      timers: TIMER_DOMAINS.map((domain) => this.timers(domain).freeze()),
    });
  }

  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<readonly FloorRange[]> {
    const floors = yield* restoreGroups(this.#restoring, handles, read);
    this.#states.migrateRegistered();
    return [...floors].sort((a, b) => a.start - b.start);
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

  get #restoring(): RestoreTarget<HeapKey> {
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
