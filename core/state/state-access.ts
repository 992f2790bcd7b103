/**
 * Value, list and map states of a job on top of a keyed backend. A state object stands for the current key at the time
 * of each call. A list state is a table whose values are whole lists; an empty list is no entry, as in Flink.
 *
 * They are the border to user code: what is stored is checked and frozen, what is read is frozen, and while a table is at
 * work the engine runs, so that its errors are not blamed on the job.
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
import type { UserCode } from '../user-code.ts';
import { deepFreeze } from '../values/freeze.ts';
import { showValue } from '../values/show.ts';
import { type Taker, takerOf } from '../values/taker.ts';
import type { KeyedMapTable, KeyedStateBackend, KeyedTable } from './backend.ts';

type State = ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown>;

/** `getState` with the same descriptor object is a lookup; a new descriptor of the same name is a new view on the same state. */
export function stateAccess(backend: KeyedStateBackend, user: UserCode): StateAccess {
  return new BackendStateAccess(backend, user);
}

class BackendStateAccess implements StateAccess {
  readonly #backend: KeyedStateBackend;
  readonly #user: UserCode;
  readonly #states = new Map<StateDescriptor, State>();

  constructor(backend: KeyedStateBackend, user: UserCode) {
    this.#backend = backend;
    this.#user = user;
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
    const { name, type } = descriptor;
    try {
      const border = { user: this.#user, name: `state "${name}"`, taker: takerOf(type) };
      switch (descriptor.kind) {
        case 'value':
          return new TableValueState(this.#backend.table(name, type), border);
        case 'list':
          return new TableListState(this.#backend.table(name, list(type)), border);
        case 'map':
          return new TableMapState(this.#backend.mapTable(name, descriptor.keyType, type), {
            ...border,
            keyTaker: takerOf(descriptor.keyType),
          });
      }
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      throw this.#user.fault('state', error.message);
    }
  }
}

interface Border {
  readonly user: UserCode;
  /** `state "total"`. */
  readonly name: string;
  /** Of the values. */
  readonly taker: Taker;
}

/** A value that is read: frozen, unless it is fresh from bytes, and remembered as handed over. */
function shown<T>({ user, name, taker }: Border, value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  deepFreeze(value);
  user.show(name, value);
  if (taker.hasBytes) user.watchBytes(value, user.running ?? '', name);
  return value;
}

function taken({ user, name, taker }: Border, value: unknown, call: string): void {
  if (value === undefined)
    throw user.fault(
      'state',
      `${call} of ${name} with undefined, which cannot be stored; to remove what is stored call clear`,
    );
  user.take(taker, value, `${call} of ${name}`);
}

class TableValueState<T> implements ValueState<T> {
  readonly #table: KeyedTable<T>;
  readonly #border: Border;
  constructor(table: KeyedTable<T>, border: Border) {
    this.#table = table;
    this.#border = border;
  }
  value(): T | undefined {
    const { user } = this.#border;
    const running = user.pause();
    const value = this.#table.get(undefined);
    user.resume(running);
    return shown(this.#border, value);
  }
  update(value: T): void {
    const { user } = this.#border;
    taken(this.#border, value, 'update');
    const running = user.pause();
    this.#table.put(undefined, value);
    user.resume(running);
  }
  clear(): void {
    const { user } = this.#border;
    const running = user.pause();
    this.#table.remove(undefined);
    user.resume(running);
  }
}

class TableListState<T> implements ListState<T> {
  readonly #table: KeyedTable<readonly T[]>;
  readonly #border: Border;
  constructor(table: KeyedTable<readonly T[]>, border: Border) {
    this.#table = table;
    this.#border = border;
  }
  get(): readonly T[] {
    return shown(this.#border, this.#read());
  }
  add(value: T): void {
    taken(this.#border, value, 'add');
    this.#write([...this.#read(), value]);
  }
  update(values: readonly T[]): void {
    this.#requireList(values);
    for (const value of values) taken(this.#border, value, 'update');
    this.#write([...values]);
  }
  clear(): void {
    this.#write([]);
  }

  #requireList(values: unknown): void {
    if (Array.isArray(values)) return;
    const { user, name } = this.#border;
    throw user.fault('not-of-type', `update of ${name}: expected a list of its items, got ${showValue(values)}`);
  }

  #read(): readonly T[] {
    const { user } = this.#border;
    const running = user.pause();
    const values = this.#table.get(undefined) ?? [];
    user.resume(running);
    deepFreeze(values);
    return values;
  }

  #write(values: readonly T[]): void {
    const { user } = this.#border;
    const running = user.pause();
    if (values.length === 0) this.#table.remove(undefined);
    else this.#table.put(undefined, Object.freeze(values));
    user.resume(running);
  }
}

interface MapBorder extends Border {
  readonly keyTaker: Taker;
}

class TableMapState<K, V> implements MapState<K, V> {
  readonly #table: KeyedMapTable<K, V>;
  readonly #border: MapBorder;
  constructor(table: KeyedMapTable<K, V>, border: MapBorder) {
    this.#table = table;
    this.#border = border;
  }
  get(key: K): V | undefined {
    this.#takeKey(key, 'get');
    const { user } = this.#border;
    const running = user.pause();
    const value = this.#table.get(key);
    user.resume(running);
    return shown(this.#border, value);
  }
  has(key: K): boolean {
    this.#takeKey(key, 'has');
    const { user } = this.#border;
    const running = user.pause();
    const has = this.#table.has(key);
    user.resume(running);
    return has;
  }
  put(key: K, value: V): void {
    this.#takeKey(key, 'put');
    taken(this.#border, value, 'put');
    const { user } = this.#border;
    const running = user.pause();
    this.#table.put(key, value);
    user.resume(running);
  }
  remove(key: K): void {
    this.#takeKey(key, 'remove');
    const { user } = this.#border;
    const running = user.pause();
    this.#table.remove(key);
    user.resume(running);
  }
  entries(): readonly (readonly [K, V])[] {
    const { user } = this.#border;
    const running = user.pause();
    const entries = this.#table.entries();
    user.resume(running);
    return shown(this.#border, entries);
  }
  clear(): void {
    const { user } = this.#border;
    const running = user.pause();
    this.#table.clear();
    user.resume(running);
  }

  #takeKey(key: K, call: string): void {
    const { user, name, keyTaker } = this.#border;
    user.take(keyTaker, key, `${call} of ${name}: its key`);
  }
}
