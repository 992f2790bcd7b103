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

type Handle = ValueState<unknown> | ListState<unknown> | MapState<unknown, unknown>;

/** `ctx.getState` on a store, always at the key that is current when a handle is used. */
export function stateAccess(store: Store, key: () => Key): StateAccess['getState'] {
  function getState<T>(descriptor: ValueDescriptor<T>): ValueState<T>;
  function getState<T>(descriptor: ListDescriptor<T>): ListState<T>;
  function getState<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  function getState(descriptor: StateDescriptor): Handle {
    return stateHandle(store, descriptor, key);
  }
  return getState;
}

export function stateHandle(store: Store, descriptor: StateDescriptor, key: () => Key): Handle {
  switch (descriptor.kind) {
    case 'value':
      return valueHandle(store, descriptor.name, key);
    case 'list':
      return listHandle(store, descriptor.name, key);
    case 'map':
      return mapHandle(store, descriptor, key);
  }
}

/** An undefined value is no value. */
function valueHandle(store: Store, name: string, key: () => Key): ValueState<unknown> {
  const clear = () => store.remove(name, 'value', key().text);
  return {
    value: () => store.read(name, 'value', key().text),
    update: (value) => {
      if (value === undefined) clear();
      else store.write(name, 'value', key().text, { key: key().value, namespace: undefined, value });
    },
    clear,
  };
}

/** A list is replaced, never changed, so what `get` returned stays as it was. An empty list is no list. */
function listHandle(store: Store, name: string, key: () => Key): ListState<unknown> {
  const get = (): readonly unknown[] => (store.read(name, 'list', key().text) as readonly unknown[] | undefined) ?? [];
  const clear = () => store.remove(name, 'list', key().text);
  const set = (value: readonly unknown[]) => {
    if (value.includes(undefined)) throw new Error(`undefined is no element of the list state '${name}'`);
    if (value.length === 0) clear();
    else store.write(name, 'list', key().text, { key: key().value, namespace: undefined, value });
  };
  return { get, add: (value) => set([...get(), value]), update: (values) => set([...values]), clear };
}

/** An undefined value is no entry. */
export function mapHandle(
  store: Store,
  descriptor: MapDescriptor<unknown, unknown>,
  key: () => Key,
): MapState<unknown, unknown> {
  const { name, keyType } = descriptor;
  const remove = (entryKey: unknown) => store.removeMapEntry(name, key().text, key().value, keyText(keyType, entryKey));
  return {
    get: (entryKey) => store.mapEntry(name, key().text, keyText(keyType, entryKey))?.[1],
    has: (entryKey) => store.mapEntry(name, key().text, keyText(keyType, entryKey)) !== undefined,
    put: (entryKey, value) => {
      if (value === undefined) remove(entryKey);
      else store.putMapEntry(name, key().text, key().value, keyText(keyType, entryKey), [entryKey, value]);
    },
    remove,
    entries: () => store.mapEntries(name, key().text),
    clear: () => store.clearMap(name, key().text),
  };
}
