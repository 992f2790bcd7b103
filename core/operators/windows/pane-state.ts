/** State of the current key and one of its windows: the tables of the backend, seen at that window. */
import type { TimeWindow } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { JobError } from '../../errors.ts';
import type { KeyedMapTable, KeyedTable, StateTables } from '../../state/backend.ts';

/** The window is asked for at each access. `prefix` keeps the names apart from those of other owners. */
export class PaneState implements StateTables {
  readonly #tables: StateTables;
  readonly #prefix: string;
  readonly #window: () => TimeWindow | undefined;

  constructor(tables: StateTables, prefix: string, window: () => TimeWindow | undefined) {
    this.#tables = tables;
    this.#prefix = prefix;
    this.#window = window;
  }

  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    const table = this.#tables.table(this.#prefix + name, type);
    const window = this.#window;
    return {
      get: () => table.get(window()),
      put: (_namespace, value) => table.put(window(), value),
      remove: () => table.remove(window()),
    };
  }

  mapTable<K, V>(name: string): KeyedMapTable<K, V> {
    throw new JobError(
      `state "${name}" is a map, and a window has none: use a value state that holds a list or a record`,
    );
  }
}

/** State of the key alone, under names of its own. Maps are allowed. */
export function keyState(tables: StateTables, prefix: string): StateTables {
  return {
    table: (name, type) => tables.table(prefix + name, type),
    mapTable: (name, keyType, type) => tables.mapTable(prefix + name, keyType, type),
  };
}
