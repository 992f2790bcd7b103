import { deepFreeze } from '../values/freeze.ts';
import type { KeyedMapTable, KeyedStateBackend, KeyedTable } from './backend.ts';

/** The same backend, with every value frozen that is put into it. */
export function freezingBackend(inner: KeyedStateBackend): KeyedStateBackend {
  return {
    range: inner.range,
    setCurrentKey: (key) => {
      inner.setCurrentKey(key);
    },
    get currentKey() {
      return inner.currentKey;
    },
    get currentKeyGroup() {
      return inner.currentKeyGroup;
    },
    table: (name, type) => freezingTable(inner.table(name, type)),
    mapTable: (name, keyType, type) => freezingMapTable(inner.mapTable(name, keyType, type)),
    timers: (domain) => inner.timers(domain),
    keysOf: (state) => inner.keysOf(state),
    get failure() {
      return inner.failure;
    },
    admit: () => inner.admit(),
    snapshot: (floors) => inner.snapshot(floors),
    restore: (handles, read) => inner.restore(handles, read),
    notifyComplete: (checkpoint) => {
      inner.notifyComplete(checkpoint);
    },
    notifyAborted: (checkpoint) => {
      inner.notifyAborted(checkpoint);
    },
    close: () => {
      inner.close();
    },
  };
}

/** Restored values are frozen when they are first read. */
function freezingTable<T>(inner: KeyedTable<T>): KeyedTable<T> {
  return {
    get: (namespace) => {
      const value = inner.get(namespace);
      deepFreeze(value);
      return value;
    },
    put: (namespace, value) => {
      deepFreeze(value);
      inner.put(namespace, value);
    },
    remove: (namespace) => {
      inner.remove(namespace);
    },
  };
}

function freezingMapTable<K, V>(inner: KeyedMapTable<K, V>): KeyedMapTable<K, V> {
  return {
    get: (key) => {
      const value = inner.get(key);
      deepFreeze(value);
      return value;
    },
    has: (key) => inner.has(key),
    put: (key, value) => {
      deepFreeze(key);
      deepFreeze(value);
      inner.put(key, value);
    },
    remove: (key) => {
      inner.remove(key);
    },
    entries: () => {
      const entries = inner.entries();
      deepFreeze(entries);
      return entries;
    },
    clear: () => {
      inner.clear();
    },
  };
}
