/**
 * What user functions get for their descriptors: handles on a store, always at the key that is current when one is used.
 * Undefined can be stored nowhere (SEMANTICS S1).
 *
 * Functions ask for their states anew at each call, so a handle is one to three small objects, without closures.
 */
import type { StateAccess } from '../../core/job/functions.ts';
import type {
  AggregatingDescriptor,
  AggregatingState,
  ListState,
  ReducingDescriptor,
  ReducingState,
  StateDescriptor,
  ValueState,
} from '../../core/job/states.ts';
import { type AtCursor, cellAt, nameAt, stored, type StateUser } from './cursor.ts';
import { AgedMapHandle, MapHandle } from './map-handles.ts';
import { aged, type Aged, type Ageing, hasExpired, readAged, readAgedList } from './ttl.ts';

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
