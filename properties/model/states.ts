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

/** Where a handle reads and writes: asked at each use, so that a function may keep its handles. */
export interface Cursor {
  readonly store: Store;
  readonly key: Key;
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
  const { name } = descriptor;
  switch (descriptor.kind) {
    case 'value':
      return valueHandle(slot(name, descriptor.kind, at));
    case 'list':
      return listHandle(slot(name, descriptor.kind, at));
    case 'map':
      return mapHandle(descriptor, at);
    case 'reducing':
      return reducingHandle(descriptor, slot(name, descriptor.kind, at));
    case 'aggregating':
      return aggregatingHandle(descriptor, slot(name, descriptor.kind, at));
  }
}

/** The one value that a key has in a state. */
interface Slot {
  read(): unknown;
  write(value: unknown): void;
  clear(): void;
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

function valueHandle({ read, write, clear }: Slot): ValueState<unknown> {
  return { value: read, update: write, clear };
}

/** A list is replaced, never changed, so what `get` returned stays as it was. An empty list is no list. */
function listHandle({ read, write, clear }: Slot): ListState<unknown> {
  const get = () => (read() as readonly unknown[] | undefined) ?? [];
  const set = (values: readonly unknown[]) => {
    if (values.includes(undefined)) write(undefined);
    else if (values.length === 0) clear();
    else write(values);
  };
  return { get, add: (value) => set([...get(), value]), update: (values) => set([...values]), clear };
}

function reducingHandle(descriptor: ReducingDescriptor<unknown>, { read, write, clear }: Slot): ReducingState<unknown> {
  const add = (value: unknown) => {
    const reduced = read();
    write(reduced === undefined || value === undefined ? value : descriptor.reduce(reduced, value));
  };
  return { get: read, add, clear };
}

type Aggregating = AggregatingDescriptor<unknown, unknown, unknown>;

function aggregatingHandle(
  { name, aggregate }: Aggregating,
  { read, write, clear }: Slot,
): AggregatingState<unknown, unknown> {
  const get = () => {
    const accumulator = read();
    return accumulator === undefined ? undefined : aggregate.getResult(accumulator);
  };
  const add = (value: unknown) => write(aggregate.add(stored(name, value), read() ?? aggregate.createAccumulator()));
  return { get, add, clear };
}

export function mapHandle(descriptor: MapDescriptor<unknown, unknown>, at: () => Cursor): MapState<unknown, unknown> {
  const { keyType } = descriptor;
  const place = () => {
    const { store, key, prefix = '', window } = at();
    if (window !== undefined) throw new Error(`the state '${descriptor.name}' is a map, and a window has none`);
    return { store, key, name: prefix + descriptor.name };
  };
  const remove = (entryKey: unknown) => {
    const { store, key, name } = place();
    store.removeMapEntry(name, key.text, key.value, keyText(keyType, entryKey));
  };
  const entry = (entryKey: unknown) => {
    const { store, key, name } = place();
    return store.mapEntry(name, key.text, keyText(keyType, entryKey));
  };
  return {
    get: (entryKey) => entry(entryKey)?.[1],
    has: (entryKey) => entry(entryKey) !== undefined,
    put: (entryKey, value) => {
      const { store, key, name } = place();
      store.putMapEntry(name, key.text, key.value, keyText(keyType, entryKey), [
        entryKey,
        stored(descriptor.name, value),
      ]);
    },
    remove,
    entries: () => {
      const { store, key, name } = place();
      return store.mapEntries(name, key.text);
    },
    clear: () => {
      const { store, key, name } = place();
      store.clearMap(name, key.text);
    },
  };
}
