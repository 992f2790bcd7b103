/** What user functions get for the descriptor of a map, see `states.ts`. */
import type { MapDescriptor, MapState } from '../../core/job/states.ts';
import { type Cursor, nameAt, stored } from './cursor.ts';
import { keyText } from './key-order.ts';
import { aged, type Aged, type Ageing, readAged } from './ttl.ts';

/** Also of subtasks, whose broadcast state has no time to live. */
export interface AtMaps {
  cursor(): Omit<Cursor, 'time'>;
}

export class MapHandle implements MapState<unknown, unknown> {
  readonly #descriptor: MapDescriptor<unknown, unknown>;
  readonly #at: AtMaps;

  constructor(descriptor: MapDescriptor<unknown, unknown>, at: AtMaps) {
    this.#descriptor = descriptor;
    this.#at = at;
  }

  /** For an entry of a map that ages, without its last touch. */
  takesValue(value: unknown): void {
    this.#at.cursor().turn?.takes(this.#descriptor.type, value);
  }
  get(entryKey: unknown): unknown {
    return this.#entry(entryKey)?.[1];
  }
  contains(entryKey: unknown): boolean {
    return this.#entry(entryKey) !== undefined;
  }
  has(entryKey: unknown): boolean {
    return this.contains(entryKey);
  }
  put(entryKey: unknown, value: unknown): void {
    const cursor = this.#at.cursor();
    const { name, keyType, type, ttl } = this.#descriptor;
    cursor.turn?.takes(keyType, entryKey);
    if (ttl === undefined) cursor.turn?.takes(type, value);
    const state = this.#nameAt(cursor);
    const { store, key } = cursor;
    store.putMapEntry(state, key.text, key.value, keyText(keyType, entryKey), [entryKey, stored(name, value)]);
  }
  putAll(pairs: Iterable<readonly [unknown, unknown]>): void {
    const all = [...pairs];
    for (const [, value] of all) stored(this.#descriptor.name, value);
    const { turn } = this.#at.cursor();
    if (turn?.strict === true && !all.every((pair) => Array.isArray(pair) && pair.length === 2))
      throw turn.wrong('handed over what are no pairs');
    for (const [entryKey, value] of all) this.put(entryKey, value);
  }
  remove(entryKey: unknown): void {
    const cursor = this.#at.cursor();
    const { keyType } = this.#descriptor;
    cursor.turn?.takes(keyType, entryKey);
    const state = this.#nameAt(cursor);
    cursor.store.removeMapEntry(state, cursor.key.text, cursor.key.value, keyText(keyType, entryKey));
  }
  entries(): readonly (readonly [unknown, unknown])[] {
    const cursor = this.#at.cursor();
    return cursor.store.mapEntries(this.#nameAt(cursor), cursor.key.text);
  }
  keys(): readonly unknown[] {
    return this.entries().map(([entryKey]) => entryKey);
  }
  values(): readonly unknown[] {
    return this.entries().map(([, value]) => value);
  }
  isEmpty(): boolean {
    const cursor = this.#at.cursor();
    return !cursor.store.hasMap(this.#nameAt(cursor), cursor.key.text);
  }
  clear(): void {
    const cursor = this.#at.cursor();
    cursor.store.clearMap(this.#nameAt(cursor), cursor.key.text);
  }

  #entry(entryKey: unknown): readonly [unknown, unknown] | undefined {
    const cursor = this.#at.cursor();
    const { keyType } = this.#descriptor;
    cursor.turn?.takes(keyType, entryKey);
    const state = this.#nameAt(cursor);
    return cursor.store.mapEntry(state, cursor.key.text, keyText(keyType, entryKey));
  }
  #nameAt(cursor: Omit<Cursor, 'time'>): string {
    const { name } = this.#descriptor;
    if (cursor.window !== undefined) throw new Error(`the state '${name}' is a map, and a window has none`);
    return nameAt(name, cursor);
  }
}
/** Of broadcast state, where it must not be changed. */
export class ReadOnlyMapHandle extends MapHandle {
  readonly #name: string;

  constructor(descriptor: MapDescriptor<unknown, unknown>, at: AtMaps) {
    super(descriptor, at);
    this.#name = descriptor.name;
  }

  override put(): never {
    return this.#refuse();
  }
  override putAll(): never {
    return this.#refuse();
  }
  override remove(): never {
    return this.#refuse();
  }
  override clear(): never {
    return this.#refuse();
  }
  #refuse(): never {
    throw new Error(`the broadcast state '${this.#name}' is read-only here`);
  }
}

/** Each entry ages by itself. `isEmpty` reads none. */
export class AgedMapHandle implements MapState<unknown, unknown> {
  readonly #raw: MapHandle;
  readonly #ageing: Ageing;

  constructor(raw: MapHandle, ageing: Ageing) {
    this.#raw = raw;
    this.#ageing = ageing;
  }

  get(entryKey: unknown): unknown {
    return this.#visit(entryKey, this.#raw.get(entryKey))[0];
  }
  contains(entryKey: unknown): boolean {
    return this.#visit(entryKey, this.#raw.get(entryKey)).length > 0;
  }
  has(entryKey: unknown): boolean {
    return this.contains(entryKey);
  }
  put(entryKey: unknown, value: unknown): void {
    if (value === undefined) this.#raw.put(entryKey, undefined);
    else {
      this.#raw.takesValue(value);
      this.#raw.put(entryKey, aged(value, this.#ageing.now()));
    }
  }
  putAll(pairs: Iterable<readonly [unknown, unknown]>): void {
    const all = [...pairs];
    if (all.some(([, value]) => value === undefined)) this.#raw.putAll(all);
    for (const [entryKey, value] of all) this.put(entryKey, value);
  }
  remove(entryKey: unknown): void {
    this.#raw.remove(entryKey);
  }
  entries(): readonly (readonly [unknown, unknown])[] {
    return this.#raw
      .entries()
      .flatMap(([entryKey, one]) => this.#visit(entryKey, one).map((value) => [entryKey, value] as const));
  }
  keys(): readonly unknown[] {
    return this.entries().map(([entryKey]) => entryKey);
  }
  values(): readonly unknown[] {
    return this.entries().map(([, value]) => value);
  }
  isEmpty(): boolean {
    return this.#raw.isEmpty();
  }
  clear(): void {
    this.#raw.clear();
  }

  /** [value] if it is seen. */
  #visit(entryKey: unknown, one: unknown): readonly unknown[] {
    if (one === undefined) return [];
    const value = (one as Aged)['@value'];
    const { seen, still } = readAged(one as Aged, this.#ageing);
    if (still === 'gone') this.#raw.remove(entryKey);
    if (still === 'touched') this.put(entryKey, value);
    return seen ? [value] : [];
  }
}
