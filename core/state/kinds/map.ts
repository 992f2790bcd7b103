import type { MapDescriptor, MapState } from '../../job/states.ts';
import type { UserCode } from '../../user-code.ts';
import { type Taker, takerOf } from '../../values/taker.ts';
import type { KeyedMapTable, StateTables } from '../backend.ts';
import { Border } from './border.ts';

export class TableMapState<K, V> implements MapState<K, V> {
  readonly #table: KeyedMapTable<K, V>;
  readonly #border: Border;
  readonly #keyTaker: Taker;

  constructor({ name, keyType, type }: MapDescriptor<K, V>, backend: StateTables, user: UserCode) {
    this.#border = new Border(user, name, type);
    this.#keyTaker = takerOf(keyType);
    this.#table = backend.mapTable(name, keyType, type);
  }

  get(key: K): V | undefined {
    this.#takeKey(key, 'get');
    const { user } = this.#border;
    const running = user.pause();
    const value = this.#table.get(key);
    user.resume(running);
    return this.#border.shown(value);
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
    this.#border.taken(value, 'put');
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
    return this.#border.shown(entries);
  }
  clear(): void {
    const { user } = this.#border;
    const running = user.pause();
    this.#table.clear();
    user.resume(running);
  }

  #takeKey(key: K, call: string): void {
    const { user, name } = this.#border;
    user.take(this.#keyTaker, key, `${call} of ${name}: its key`);
  }
}
