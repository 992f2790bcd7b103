/** What user functions get for their descriptors: handles on a store, always at the key that is current when one is used. */
import type {
  ListDescriptor,
  ListState,
  MapDescriptor,
  MapState,
  StateAccess,
  StateDescriptor,
  ValueDescriptor,
  ValueState,
} from '../../core/job/functions.ts';
import { keyText } from './key-order.ts';
import type { Key } from './keyed.ts';
import type { Store } from './store.ts';

/** Where a handle reads and writes: asked at each use, so that a function may keep its handles. */
export interface Cursor {
  readonly store: Store;
  readonly key: Key;
}

type Handle = ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown>;

/** `ctx.getState`, always at the store and the key that are current when a handle is used. */
export function stateAccess(at: () => Cursor): StateAccess['getState'] {
  function getState<T>(descriptor: ValueDescriptor<T>): ValueState<T>;
  function getState<T>(descriptor: ListDescriptor<T>): ListState<T>;
  function getState<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  function getState(descriptor: StateDescriptor): Handle {
    return stateHandle(descriptor, at);
  }
  return getState;
}

export function stateHandle(descriptor: StateDescriptor, at: () => Cursor): Handle {
  switch (descriptor.kind) {
    case 'value':
      return valueHandle(descriptor.name, at);
    case 'list':
      return listHandle(descriptor.name, at);
    case 'map':
      return mapHandle(descriptor, at);
  }
}

/** An undefined value is no value. */
function valueHandle(name: string, at: () => Cursor): ValueState<unknown> {
  const clear = () => {
    const { store, key } = at();
    store.remove(name, 'value', key.text);
  };
  return {
    value: () => {
      const { store, key } = at();
      return store.read(name, 'value', key.text);
    },
    update: (value) => {
      if (value === undefined) return clear();
      const { store, key } = at();
      store.write(name, 'value', key.text, { key: key.value, namespace: undefined, value });
    },
    clear,
  };
}

/** A list is replaced, never changed, so what `get` returned stays as it was. An empty list is no list. */
function listHandle(name: string, at: () => Cursor): ListState<unknown> {
  const get = (): readonly unknown[] => {
    const { store, key } = at();
    return (store.read(name, 'list', key.text) as readonly unknown[] | undefined) ?? [];
  };
  const clear = () => {
    const { store, key } = at();
    store.remove(name, 'list', key.text);
  };
  const set = (value: readonly unknown[]) => {
    if (value.includes(undefined)) throw new Error(`undefined is no element of the list state '${name}'`);
    if (value.length === 0) return clear();
    const { store, key } = at();
    store.write(name, 'list', key.text, { key: key.value, namespace: undefined, value });
  };
  return { get, add: (value) => set([...get(), value]), update: (values) => set([...values]), clear };
}

/** An undefined value is no entry. */
export function mapHandle(descriptor: MapDescriptor<unknown, unknown>, at: () => Cursor): MapState<unknown, unknown> {
  const { name, keyType } = descriptor;
  const remove = (entryKey: unknown) => {
    const { store, key } = at();
    store.removeMapEntry(name, key.text, key.value, keyText(keyType, entryKey));
  };
  const entry = (entryKey: unknown) => {
    const { store, key } = at();
    return store.mapEntry(name, key.text, keyText(keyType, entryKey));
  };
  return {
    get: (entryKey) => entry(entryKey)?.[1],
    has: (entryKey) => entry(entryKey) !== undefined,
    put: (entryKey, value) => {
      if (value === undefined) return remove(entryKey);
      const { store, key } = at();
      store.putMapEntry(name, key.text, key.value, keyText(keyType, entryKey), [entryKey, value]);
    },
    remove,
    entries: () => {
      const { store, key } = at();
      return store.mapEntries(name, key.text);
    },
    clear: () => {
      const { store, key } = at();
      store.clearMap(name, key.text);
    },
  };
}
