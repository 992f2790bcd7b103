/**
 * What user functions get for their descriptors: handles on a store, always at the key that is current when one is used.
 * Undefined can be stored nowhere (SEMANTICS S1).
 *
 * Functions ask for their states anew at each call, so a handle is one to three small objects, without closures.
 */
import type { StateAccess, TimeWindow } from '../../core/job/functions.ts';
import type {
  AggregatingDescriptor,
  AggregatingState,
  ListState,
  MapDescriptor,
  MapState,
  ReducingDescriptor,
  ReducingState,
  StateDescriptor,
  ValueState,
} from '../../core/job/states.ts';
import { keyText } from './key-order.ts';
import type { Key } from './keyed.ts';
import type { Store } from './store.ts';
import type { TurnLog } from './turn.ts';
import { aged, type Aged, type Ageing, type CallTime, hasExpired, readAged, readAgedList } from './ttl.ts';

/** Where a handle reads and writes. */
export interface Cursor {
  readonly store: Store;
  readonly key: Key;
  /** For states with time to live. */
  readonly time: CallTime;
  /** What is handed over there is checked, if the turn is strict. */
  readonly turn?: TurnLog;
  /** Of a window operator, whose states have more than one owner: before their names. */
  readonly prefix?: string;
  /** The state is that of this window. */
  readonly window?: TimeWindow | undefined;
}

/** Of whom a handle asks at each use where it is, so that a function may keep its handles. */
export interface AtCursor {
  cursor(): Cursor;
}
export interface StateUser extends AtCursor {
  /** A state is asked for. */
  asks(descriptor: StateDescriptor): void;
}

/** Tells (key, window) pairs apart. */
export function cellOf(keyText: string, window: TimeWindow): string {
  return `${keyText}@${window.start}@${window.end}`;
}

/** `ctx.getState`, always at the store and the key that are current when a handle is used. */
export function stateAccess(user: StateUser): StateAccess['getState'] {
  function getState<S>(descriptor: StateDescriptor<S>): S;
  function getState(descriptor: StateDescriptor): unknown {
    user.asks(descriptor);
    return stateHandle(descriptor, user);
  }
  return getState;
}

export function stateHandle(descriptor: StateDescriptor, at: AtCursor): unknown {
  const { ttl } = descriptor;
  const ageing = ttl === undefined ? undefined : { ttl, now: () => at.cursor().time.now(descriptor) };
  if (descriptor.kind === 'map') {
    const map = new MapHandle(descriptor, at);
    return ageing === undefined ? map : new AgedMapHandle(map, ageing);
  }
  const slot = new Slot(descriptor, at);
  if (descriptor.kind === 'list')
    return new ListHandle(slot, ageing === undefined ? new PlainItems(slot) : new AgedItems(slot, ageing));
  const cell = ageing === undefined ? slot : new AgedCell(slot, ageing);
  switch (descriptor.kind) {
    case 'value':
      return new ValueHandle(cell);
    case 'reducing':
      return new ReducingHandle(descriptor, cell);
    case 'aggregating':
      return new AggregatingHandle(descriptor, cell);
  }
}

/** The one value that a key has in a state. */
interface CellOfKey {
  /** A function hands a value over: @throws Error in a strict turn, if it is not of the type of the state. */
  takes(value: unknown): void;
  read(): unknown;
  /** What `add` goes on from. */
  base(): unknown;
  write(value: unknown): void;
  clear(): void;
}

class Slot implements CellOfKey {
  readonly #descriptor: Exclude<StateDescriptor, { readonly kind: 'map' }>;
  readonly #at: AtCursor;

  constructor(descriptor: Exclude<StateDescriptor, { readonly kind: 'map' }>, at: AtCursor) {
    this.#descriptor = descriptor;
    this.#at = at;
  }

  takes(value: unknown): void {
    this.#at.cursor().turn?.takes(this.#descriptor.type, value);
  }
  read(): unknown {
    const cursor = this.#at.cursor();
    const { name, kind } = this.#descriptor;
    return cursor.store.read(nameAt(name, cursor), kind, cellAt(cursor));
  }
  base(): unknown {
    return this.read();
  }
  write(value: unknown): void {
    const cursor = this.#at.cursor();
    const { name, kind } = this.#descriptor;
    const { key, window: namespace } = cursor;
    const cell = { key: key.value, namespace, value: stored(name, value) };
    cursor.store.write(nameAt(name, cursor), kind, cellAt(cursor), cell);
  }
  clear(): void {
    const cursor = this.#at.cursor();
    const { name, kind } = this.#descriptor;
    cursor.store.remove(nameAt(name, cursor), kind, cellAt(cursor));
  }
}

function nameAt(name: string, { prefix }: Cursor): string {
  return prefix === undefined ? name : prefix + name;
}
function cellAt({ key, window }: Cursor): string {
  return window === undefined ? key.text : cellOf(key.text, window);
}

function stored(name: string, value: unknown): unknown {
  if (value === undefined) throw new Error(`undefined cannot be stored in the state '${name}'`);
  return value;
}

class AgedCell implements CellOfKey {
  readonly #raw: Slot;
  readonly #ageing: Ageing;

  constructor(raw: Slot, ageing: Ageing) {
    this.#raw = raw;
    this.#ageing = ageing;
  }

  takes(value: unknown): void {
    this.#raw.takes(value);
  }
  read(): unknown {
    const one = this.#held();
    if (one === undefined) return undefined;
    const { seen, still } = readAged(one, this.#ageing);
    if (still === 'gone') this.#raw.clear();
    if (still === 'touched') this.write(one['@value']);
    return seen ? one['@value'] : undefined;
  }
  base(): unknown {
    const one = this.#held();
    const { ttl, now } = this.#ageing;
    const counts =
      one !== undefined && (ttl.visibility === 'return-if-not-cleaned-up' || !hasExpired(one, ttl.ms, now()));
    return counts ? one['@value'] : undefined;
  }
  write(value: unknown): void {
    this.#raw.write(value === undefined ? undefined : aged(value, this.#ageing.now()));
  }
  clear(): void {
    this.#raw.clear();
  }
  #held(): Aged | undefined {
    return this.#raw.read() as Aged | undefined;
  }
}

class ValueHandle implements ValueState<unknown> {
  readonly #cell: CellOfKey;

  constructor(cell: CellOfKey) {
    this.#cell = cell;
  }

  value(): unknown {
    return this.#cell.read();
  }
  update(value: unknown): void {
    this.#cell.takes(value);
    this.#cell.write(value);
  }
  clear(): void {
    this.#cell.clear();
  }
}

/** The items of a key. None are no list. */
interface Items {
  read(): readonly unknown[];
  append(values: readonly unknown[]): void;
  replace(values: readonly unknown[]): void;
}

/** A list is replaced, never changed, so what `get` returned stays as it was. */
class PlainItems implements Items {
  readonly #slot: Slot;

  constructor(slot: Slot) {
    this.#slot = slot;
  }

  read(): readonly unknown[] {
    return (this.#slot.read() as readonly unknown[] | undefined) ?? [];
  }
  append(values: readonly unknown[]): void {
    this.#slot.write([...this.read(), ...values]);
  }
  replace(values: readonly unknown[]): void {
    this.#slot.write(values);
  }
}

class AgedItems implements Items {
  readonly #slot: Slot;
  readonly #ageing: Ageing;

  constructor(slot: Slot, ageing: Ageing) {
    this.#slot = slot;
    this.#ageing = ageing;
  }

  read(): readonly unknown[] {
    const { seen, left } = readAgedList(this.#held(), this.#ageing);
    if (left?.length === 0) this.#slot.clear();
    else if (left !== undefined) this.#slot.write(left);
    return seen;
  }
  append(values: readonly unknown[]): void {
    this.#slot.write([...this.#held(), ...this.#fresh(values)]);
  }
  replace(values: readonly unknown[]): void {
    this.#slot.write(this.#fresh(values));
  }
  #held(): readonly Aged[] {
    return (this.#slot.read() as readonly Aged[] | undefined) ?? [];
  }
  #fresh(values: readonly unknown[]): readonly Aged[] {
    return values.map((value) => aged(value, this.#ageing.now()));
  }
}

class ListHandle implements ListState<unknown> {
  readonly #slot: Slot;
  readonly #items: Items;

  constructor(slot: Slot, items: Items) {
    this.#slot = slot;
    this.#items = items;
  }

  get(): readonly unknown[] {
    return this.#items.read();
  }
  add(value: unknown): void {
    this.addAll([value]);
  }
  addAll(values: readonly unknown[]): void {
    if (values.length > 0) this.#items.append(this.#given(values));
  }
  update(values: readonly unknown[]): void {
    if (values.length === 0) this.clear();
    else this.#items.replace(this.#given(values));
  }
  clear(): void {
    this.#slot.clear();
  }
  #given(values: readonly unknown[]): readonly unknown[] {
    // What is no list is not of the type either.
    if (Array.isArray(values)) values.forEach((value) => this.#slot.takes(value));
    else this.#slot.takes(undefined);
    if (values.includes(undefined)) throw new Error('undefined cannot be stored in a list state');
    return [...values];
  }
}

class ReducingHandle implements ReducingState<unknown> {
  readonly #descriptor: ReducingDescriptor<unknown>;
  readonly #cell: CellOfKey;

  constructor(descriptor: ReducingDescriptor<unknown>, cell: CellOfKey) {
    this.#descriptor = descriptor;
    this.#cell = cell;
  }

  get(): unknown {
    return this.#cell.read();
  }
  add(value: unknown): void {
    this.#cell.takes(value);
    const before = this.#cell.base();
    const reduced = before === undefined || value === undefined ? value : this.#descriptor.reduce(before, value);
    this.#cell.takes(reduced);
    this.#cell.write(reduced);
  }
  clear(): void {
    this.#cell.clear();
  }
}

type Aggregating = AggregatingDescriptor<unknown, unknown, unknown>;

class AggregatingHandle implements AggregatingState<unknown, unknown> {
  readonly #descriptor: Aggregating;
  readonly #cell: CellOfKey;

  constructor(descriptor: Aggregating, cell: CellOfKey) {
    this.#descriptor = descriptor;
    this.#cell = cell;
  }

  get(): unknown {
    const accumulator = this.#cell.read();
    return accumulator === undefined ? undefined : this.#descriptor.aggregate.getResult(accumulator);
  }
  add(value: unknown): void {
    const { name, aggregate } = this.#descriptor;
    const item = stored(name, value);
    const before = this.#cell.base() ?? this.#taken(aggregate.createAccumulator());
    this.#cell.write(this.#taken(aggregate.add(item, before)));
  }
  clear(): void {
    this.#cell.clear();
  }
  #taken(accumulator: unknown): unknown {
    this.#cell.takes(accumulator);
    return accumulator;
  }
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
    return this.#entry(entryKey) !== undefined;
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
  #nameAt({ prefix = '', window }: Omit<Cursor, 'time'>): string {
    const { name } = this.#descriptor;
    if (window !== undefined) throw new Error(`the state '${name}' is a map, and a window has none`);
    return prefix + name;
  }
}
/** Also of subtasks, whose broadcast state has no time to live. */
export interface AtMaps {
  cursor(): Omit<Cursor, 'time'>;
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
class AgedMapHandle implements MapState<unknown, unknown> {
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
