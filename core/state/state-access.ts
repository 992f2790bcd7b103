/**
 * Value, list and map states of a job on top of a keyed backend. A state object stands for the current key at the time
 * of each call. A list state is a table whose values are whole lists; an empty list is no entry, as in Flink.
 */
import type {
  ListDescriptor,
  ListState,
  MapDescriptor,
  MapState,
  StateAccess,
  StateDescriptor,
  ValueDescriptor,
  ValueState,
} from '../job/functions.ts';
import { list } from '../job/types.ts';
import { JobError } from '../errors.ts';
import type { KeyedMapTable, KeyedStateBackend, KeyedTable } from './backend.ts';

type State = ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown>;

/** `getState` with the same descriptor object is a lookup; a new descriptor of the same name is a new view on the same state. */
export function stateAccess(backend: KeyedStateBackend): StateAccess {
  return new BackendStateAccess(backend);
}

class BackendStateAccess implements StateAccess {
  readonly #backend: KeyedStateBackend;
  readonly #states = new Map<StateDescriptor, State>();

  constructor(backend: KeyedStateBackend) {
    this.#backend = backend;
  }

  getState<T>(descriptor: ValueDescriptor<T>): ValueState<T>;
  getState<T>(descriptor: ListDescriptor<T>): ListState<T>;
  getState<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  getState(descriptor: StateDescriptor): State {
    let state = this.#states.get(descriptor);
    if (state === undefined) {
      state = this.#makeState(descriptor);
      this.#states.set(descriptor, state);
    }
    return state;
  }

  #makeState(descriptor: StateDescriptor): State {
    switch (descriptor.kind) {
      case 'value':
        return new TableValueState(this.#backend.table(descriptor.name, descriptor.type));
      case 'list':
        return new TableListState(this.#backend.table(descriptor.name, list(descriptor.type)));
      case 'map':
        return new TableMapState(this.#backend.mapTable(descriptor.name, descriptor.keyType, descriptor.type));
    }
  }
}

class TableValueState<T> implements ValueState<T> {
  readonly #table: KeyedTable<T>;
  constructor(table: KeyedTable<T>) {
    this.#table = table;
  }
  value(): T | undefined {
    return this.#table.get(undefined);
  }
  /** Undefined is no value: as in Flink, it clears. */
  update(value: T): void {
    if (value === undefined) this.#table.remove(undefined);
    else this.#table.put(undefined, value);
  }
  clear(): void {
    this.#table.remove(undefined);
  }
}

class TableListState<T> implements ListState<T> {
  readonly #table: KeyedTable<readonly T[]>;
  constructor(table: KeyedTable<readonly T[]>) {
    this.#table = table;
  }
  get(): readonly T[] {
    return this.#table.get(undefined) ?? [];
  }
  add(value: T): void {
    refuseUndefined(value);
    this.#table.put(undefined, [...this.get(), value]);
  }
  update(values: readonly T[]): void {
    values.forEach(refuseUndefined);
    if (values.length === 0) this.#table.remove(undefined);
    else this.#table.put(undefined, [...values]);
  }
  clear(): void {
    this.#table.remove(undefined);
  }
}

class TableMapState<K, V> implements MapState<K, V> {
  readonly #table: KeyedMapTable<K, V>;
  constructor(table: KeyedMapTable<K, V>) {
    this.#table = table;
  }
  get(key: K): V | undefined {
    return this.#table.get(key);
  }
  has(key: K): boolean {
    return this.#table.has(key);
  }
  put(key: K, value: V): void {
    refuseUndefined(value);
    this.#table.put(key, value);
  }
  remove(key: K): void {
    this.#table.remove(key);
  }
  entries(): readonly (readonly [K, V])[] {
    return this.#table.entries();
  }
  clear(): void {
    this.#table.clear();
  }
}

/** Undefined means "no entry" when a map is read, and no type of an element has it. */
function refuseUndefined(value: unknown): void {
  if (value === undefined)
    throw new JobError('undefined cannot be stored in a list or map state; null can, if the type is nullable');
}
