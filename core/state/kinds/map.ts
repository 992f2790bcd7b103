/**
 * A map state is a table of maps. With time to live each entry has a life of its own: whatever reads an entry deletes it if
 * it has expired; `isEmpty` reads none.
 */
import type { MapDescriptor, MapState } from '../../job/states.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { type Taker, takerOf } from '../../values/taker.ts';
import type { KeyedMapTable, StateTables } from '../backend.ts';
import { pairsOf } from '../pairs.ts';
import { type Timed, timedType, valueOf } from '../timed.ts';
import { Border, type StateHost } from './border.ts';
import type { Expiry } from './expiry.ts';

export class TableMapState<K, V> implements MapState<K, V> {
  readonly #entries: Entries<K, V>;
  readonly #border: Border;
  readonly #keyTaker: Taker;

  constructor(
    { name, keyType, type }: MapDescriptor<K, V>,
    backend: StateTables,
    host: StateHost,
    expiry: Expiry | undefined,
  ) {
    const border = new Border(host, name, type);
    this.#border = border;
    this.#keyTaker = takerOf(keyType);
    this.#entries =
      expiry === undefined
        ? new PlainEntries(backend.mapTable(name, keyType, type), border)
        : new TimedEntries(new PlainEntries(backend.mapTable(name, keyType, timedType(type)), border), expiry);
  }

  get(key: K): V | undefined {
    this.#takeKey(key, 'get');
    return this.#border.shown(this.#entries.get(key, 'get'));
  }
  contains(key: K): boolean {
    this.#takeKey(key, 'contains');
    return this.#entries.contains(key, 'contains');
  }
  has(key: K): boolean {
    this.#takeKey(key, 'has');
    return this.#entries.contains(key, 'has');
  }
  put(key: K, value: V): void {
    this.#takeKey(key, 'put');
    this.#border.taken(value, 'put');
    this.#entries.put(key, value, 'put');
  }
  putAll(entries: Iterable<readonly [K, V]>): void {
    const { user, name } = this.#border;
    const pairs = pairsOf(entries, user, `putAll of ${name}`);
    for (const [key, value] of pairs) {
      this.#takeKey(key, 'putAll');
      this.#border.taken(value, 'putAll');
    }
    for (const [key, value] of pairs) this.#entries.put(key, value, 'putAll');
  }
  remove(key: K): void {
    this.#takeKey(key, 'remove');
    this.#entries.remove(key, 'remove');
  }
  entries(): readonly (readonly [K, V])[] {
    return this.#border.shown(this.#entries.all('entries'));
  }
  keys(): readonly K[] {
    return this.#border.shown(this.#entries.all('keys').map(([key]) => key));
  }
  values(): readonly V[] {
    return this.#border.shown(this.#entries.all('values').map(([, value]) => value));
  }
  isEmpty(): boolean {
    return this.#entries.isEmpty();
  }
  clear(): void {
    this.#entries.clear();
  }
  clean(): boolean {
    return this.#entries.clean();
  }

  #takeKey(key: K, call: string): void {
    const { user, name } = this.#border;
    user.take(this.#keyTaker, key, `${call} of ${name}: its key`);
  }
}

/** The entries of the current key. What is given has been taken. */
interface Entries<K, V> {
  /** Undefined: there is none. */
  get(key: K, call: string): V | undefined;
  contains(key: K, call: string): boolean;
  put(key: K, value: V, call: string): void;
  remove(key: K, call: string): void;
  all(call: string): readonly (readonly [K, V])[];
  isEmpty(): boolean;
  clear(): void;
  clean(): boolean;
}

class PlainEntries<K, V> implements Entries<K, V> {
  readonly #table: KeyedMapTable<K, V>;
  readonly #border: Border;

  constructor(table: KeyedMapTable<K, V>, border: Border) {
    this.#table = table;
    this.#border = border;
  }

  get(key: K, call: string): V | undefined {
    const running = this.#border.enter(call);
    const value = this.#table.get(key);
    this.#border.leave(running);
    return value;
  }
  contains(key: K, call: string): boolean {
    const running = this.#border.enter(call);
    const has = this.#table.has(key);
    this.#border.leave(running);
    return has;
  }
  put(key: K, value: V, call: string): void {
    const running = this.#border.enter(call);
    this.#table.put(key, value);
    this.#border.leave(running);
  }
  remove(key: K, call: string): void {
    const running = this.#border.enter(call);
    this.#table.remove(key);
    this.#border.leave(running);
  }
  all(call: string): readonly (readonly [K, V])[] {
    const running = this.#border.enter(call);
    const entries = this.#table.entries();
    this.#border.leave(running);
    return entries;
  }
  isEmpty(): boolean {
    return this.all('isEmpty').length === 0;
  }
  clear(): void {
    const running = this.#border.enter('clear');
    this.#table.clear();
    this.#border.leave(running);
  }
  clean(): boolean {
    return false;
  }
}

class TimedEntries<K, V> implements Entries<K, V> {
  readonly #entries: PlainEntries<K, Timed<V>>;
  readonly #expiry: Expiry;

  constructor(entries: PlainEntries<K, Timed<V>>, expiry: Expiry) {
    this.#entries = entries;
    this.#expiry = expiry;
  }

  get(key: K, call: string): V | undefined {
    const stored = this.#entries.get(key, call);
    return stored === undefined ? undefined : this.#read(key, stored, call);
  }
  contains(key: K, call: string): boolean {
    return this.get(key, call) !== undefined;
  }
  put(key: K, value: V, call: string): void {
    this.#entries.put(key, this.#expiry.touched(value), call);
  }
  remove(key: K, call: string): void {
    this.#entries.remove(key, call);
  }
  all(call: string): readonly (readonly [K, V])[] {
    const read: (readonly [K, V])[] = [];
    for (const [key, stored] of this.#entries.all(call)) {
      const value = this.#read(key, stored, call);
      if (value !== undefined) read.push([key, value]);
    }
    return read;
  }
  isEmpty(): boolean {
    return this.#entries.isEmpty();
  }
  clear(): void {
    this.#entries.clear();
  }
  clean(): boolean {
    let cleaned = false;
    for (const [key, stored] of this.#entries.all('clean-up')) {
      if (!this.#expiry.isExpired(stored)) continue;
      this.#entries.remove(key, 'clean-up');
      cleaned = true;
    }
    return cleaned;
  }

  /** An expired value is deleted, and may be returned this once. */
  #read(key: K, stored: Timed<V>, call: string): V | undefined {
    deepFreeze(stored);
    const value = valueOf(stored);
    if (this.#expiry.isExpired(stored)) {
      this.#entries.remove(key, call);
      if (!this.#expiry.returnsExpired) return undefined;
    } else if (this.#expiry.touchesOnRead) {
      this.#entries.put(key, this.#expiry.touched(value), call);
    }
    return value;
  }
}
