/**
 * What user functions get for their descriptors: handles on a store, always at the key that is current when one is used.
 * Undefined can be stored nowhere (SEMANTICS S1).
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
  StateKind,
  ValueState,
} from '../../core/job/states.ts';
import { keyText } from './key-order.ts';
import type { Key } from './keyed.ts';
import type { Store } from './store.ts';
import type { TurnLog } from './turn.ts';
import { aged, type Aged, type Ageing, type CallTime, hasExpired, readAged, readAgedList } from './ttl.ts';

/** Where a handle reads and writes: asked at each use, so that a function may keep its handles. */
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

/** Tells (key, window) pairs apart. */
export function cellOf(keyText: string, window: TimeWindow): string {
  return `${keyText}@${window.start}@${window.end}`;
}

/** `ctx.getState`, always at the store and the key that are current when a handle is used. */
export function stateAccess(at: () => Cursor): StateAccess['getState'] {
  function getState<S>(descriptor: StateDescriptor<S>): S;
  function getState(descriptor: StateDescriptor): unknown {
    return stateHandle(descriptor, at);
  }
  return getState;
}

export function stateHandle(descriptor: StateDescriptor, at: () => Cursor): unknown {
  const { name, ttl } = descriptor;
  const ageing = ttl === undefined ? undefined : { ttl, now: () => at().time.now(descriptor) };
  if (descriptor.kind === 'map') {
    const map = mapHandle(descriptor, at);
    return ageing === undefined ? map : agedMapHandle(map, ageing, (value) => at().turn?.takes(descriptor.type, value));
  }
  const raw = slot(name, descriptor.kind, at);
  const takes: Takes = (value) => at().turn?.takes(descriptor.type, value);
  if (descriptor.kind === 'list')
    return listHandle(ageing === undefined ? plainList(raw) : agedList(raw, ageing), takes);
  const cell = ageing === undefined ? { ...raw, base: raw.read } : agedCell(raw, ageing);
  switch (descriptor.kind) {
    case 'value':
      return valueHandle(cell, takes);
    case 'reducing':
      return reducingHandle(descriptor, cell, takes);
    case 'aggregating':
      return aggregatingHandle(descriptor, cell, takes);
  }
}

/** A value that a function hands over: @throws Error in a strict turn, if it is not of the type of the state. */
type Takes = (value: unknown) => void;

/** The one value that a key has in a state. */
interface Slot {
  read(): unknown;
  write(value: unknown): void;
  clear(): void;
}
interface CellOfKey extends Slot {
  /** What `add` goes on from. */
  base(): unknown;
}

function slot(name: string, kind: Exclude<StateKind, 'map'>, at: () => Cursor): Slot {
  const named = ({ prefix }: Cursor): string => (prefix === undefined ? name : prefix + name);
  const cell = ({ key, window }: Cursor): string => (window === undefined ? key.text : cellOf(key.text, window));
  return {
    read: () => {
      const cursor = at();
      return cursor.store.read(named(cursor), kind, cell(cursor));
    },
    write: (value) => {
      const cursor = at();
      const { key, window: namespace } = cursor;
      cursor.store.write(named(cursor), kind, cell(cursor), { key: key.value, namespace, value: stored(name, value) });
    },
    clear: () => {
      const cursor = at();
      cursor.store.remove(named(cursor), kind, cell(cursor));
    },
  };
}

function stored(name: string, value: unknown): unknown {
  if (value === undefined) throw new Error(`undefined cannot be stored in the state '${name}'`);
  return value;
}

function agedCell(raw: Slot, ageing: Ageing): CellOfKey {
  const held = () => raw.read() as Aged | undefined;
  const write = (value: unknown) => raw.write(value === undefined ? undefined : aged(value, ageing.now()));
  return {
    read: () => {
      const one = held();
      if (one === undefined) return undefined;
      const { seen, still } = readAged(one, ageing);
      if (still === 'gone') raw.clear();
      if (still === 'touched') write(one['@value']);
      return seen ? one['@value'] : undefined;
    },
    base: () => {
      const one = held();
      const { ttl, now } = ageing;
      const counts =
        one !== undefined && (ttl.visibility === 'return-if-not-cleaned-up' || !hasExpired(one, ttl.ms, now()));
      return counts ? one['@value'] : undefined;
    },
    write,
    clear: raw.clear,
  };
}

function valueHandle({ read, write, clear }: Slot, takes: Takes): ValueState<unknown> {
  const update = (value: unknown) => {
    takes(value);
    write(value);
  };
  return { value: read, update, clear };
}

/** The items of a key. None are no list. */
interface Items {
  read(): readonly unknown[];
  append(values: readonly unknown[]): void;
  replace(values: readonly unknown[]): void;
  clear(): void;
}

/** A list is replaced, never changed, so what `get` returned stays as it was. */
function plainList({ read, write, clear }: Slot): Items {
  const items = () => (read() as readonly unknown[] | undefined) ?? [];
  return { read: items, append: (values) => write([...items(), ...values]), replace: write, clear };
}

function agedList({ read, write, clear }: Slot, ageing: Ageing): Items {
  const items = () => (read() as readonly Aged[] | undefined) ?? [];
  const fresh = (values: readonly unknown[]) => values.map((value) => aged(value, ageing.now()));
  return {
    read: () => {
      const { seen, left } = readAgedList(items(), ageing);
      if (left?.length === 0) clear();
      else if (left !== undefined) write(left);
      return seen;
    },
    append: (values) => write([...items(), ...fresh(values)]),
    replace: (values) => write(fresh(values)),
    clear,
  };
}

function listHandle({ read, append, replace, clear }: Items, takes: Takes): ListState<unknown> {
  const given = (values: readonly unknown[]): readonly unknown[] => {
    // What is no list is not of the type either.
    if (Array.isArray(values)) values.forEach(takes);
    else takes(undefined);
    if (values.includes(undefined)) throw new Error('undefined cannot be stored in a list state');
    return [...values];
  };
  const addAll = (values: readonly unknown[]) => {
    if (values.length > 0) append(given(values));
  };
  const update = (values: readonly unknown[]) => {
    if (values.length === 0) clear();
    else replace(given(values));
  };
  return { get: read, add: (value) => addAll([value]), addAll, update, clear };
}

function reducingHandle(
  descriptor: ReducingDescriptor<unknown>,
  { read, base, write, clear }: CellOfKey,
  takes: Takes,
): ReducingState<unknown> {
  const add = (value: unknown) => {
    takes(value);
    const before = base();
    const reduced = before === undefined || value === undefined ? value : descriptor.reduce(before, value);
    takes(reduced);
    write(reduced);
  };
  return { get: read, add, clear };
}

type Aggregating = AggregatingDescriptor<unknown, unknown, unknown>;

function aggregatingHandle(
  { name, aggregate }: Aggregating,
  { read, base, write, clear }: CellOfKey,
  takes: Takes,
): AggregatingState<unknown, unknown> {
  const get = () => {
    const accumulator = read();
    return accumulator === undefined ? undefined : aggregate.getResult(accumulator);
  };
  const taken = (accumulator: unknown): unknown => {
    takes(accumulator);
    return accumulator;
  };
  const add = (value: unknown) =>
    write(taken(aggregate.add(stored(name, value), base() ?? taken(aggregate.createAccumulator()))));
  return { get, add, clear };
}

/** Each entry ages by itself. `isEmpty` reads none. */
function agedMapHandle(raw: MapState<unknown, unknown>, ageing: Ageing, takes: Takes): MapState<unknown, unknown> {
  /** [value] if it is seen. */
  const visit = (entryKey: unknown, one: unknown): readonly unknown[] => {
    if (one === undefined) return [];
    const value = (one as Aged)['@value'];
    const { seen, still } = readAged(one as Aged, ageing);
    if (still === 'gone') raw.remove(entryKey);
    if (still === 'touched') put(entryKey, value);
    return seen ? [value] : [];
  };
  const put = (entryKey: unknown, value: unknown) => {
    if (value === undefined) raw.put(entryKey, undefined);
    else {
      takes(value);
      raw.put(entryKey, aged(value, ageing.now()));
    }
  };
  const contains = (entryKey: unknown) => visit(entryKey, raw.get(entryKey)).length > 0;
  const entries = (): readonly (readonly [unknown, unknown])[] =>
    raw.entries().flatMap(([entryKey, one]) => visit(entryKey, one).map((value) => [entryKey, value] as const));
  return {
    get: (entryKey) => visit(entryKey, raw.get(entryKey))[0],
    contains,
    has: contains,
    put,
    putAll: (pairs) => {
      const all = [...pairs];
      if (all.some(([, value]) => value === undefined)) raw.putAll(all);
      for (const [entryKey, value] of all) put(entryKey, value);
    },
    remove: raw.remove,
    entries,
    keys: () => entries().map(([entryKey]) => entryKey),
    values: () => entries().map(([, value]) => value),
    isEmpty: raw.isEmpty,
    clear: raw.clear,
  };
}

export function mapHandle(
  descriptor: MapDescriptor<unknown, unknown>,
  at: () => Omit<Cursor, 'time'>,
): MapState<unknown, unknown> {
  const { keyType } = descriptor;
  const place = () => {
    const { store, key, prefix = '', window } = at();
    if (window !== undefined) throw new Error(`the state '${descriptor.name}' is a map, and a window has none`);
    return { store, key, name: prefix + descriptor.name };
  };
  const takes = (entryKey: unknown, value?: readonly unknown[]) => {
    const { turn } = at();
    turn?.takes(keyType, entryKey);
    for (const one of value ?? []) turn?.takes(descriptor.type, one);
  };
  const remove = (entryKey: unknown) => {
    takes(entryKey);
    const { store, key, name } = place();
    store.removeMapEntry(name, key.text, key.value, keyText(keyType, entryKey));
  };
  const entry = (entryKey: unknown) => {
    takes(entryKey);
    const { store, key, name } = place();
    return store.mapEntry(name, key.text, keyText(keyType, entryKey));
  };
  const entries = () => {
    const { store, key, name } = place();
    return store.mapEntries(name, key.text);
  };
  const put = (entryKey: unknown, value: unknown) => {
    takes(entryKey, descriptor.ttl === undefined ? [value] : []);
    const { store, key, name } = place();
    store.putMapEntry(name, key.text, key.value, keyText(keyType, entryKey), [
      entryKey,
      stored(descriptor.name, value),
    ]);
  };
  const contains = (entryKey: unknown) => entry(entryKey) !== undefined;
  return {
    get: (entryKey) => entry(entryKey)?.[1],
    contains,
    has: contains,
    put,
    putAll: (pairs) => {
      const all = [...pairs];
      for (const [, value] of all) stored(descriptor.name, value);
      const { turn } = at();
      if (turn?.strict === true && !all.every((pair) => Array.isArray(pair) && pair.length === 2))
        throw turn.wrong('handed over what are no pairs');
      for (const [entryKey, value] of all) put(entryKey, value);
    },
    remove,
    entries,
    keys: () => entries().map(([entryKey]) => entryKey),
    values: () => entries().map(([, value]) => value),
    isEmpty: () => entries().length === 0,
    clear: () => {
      const { store, key, name } = place();
      store.clearMap(name, key.text);
    },
  };
}
