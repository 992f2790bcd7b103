/**
 * States of a window operator: of the current key and one of its windows, or of the key alone. Each owner (the trigger, the
 * window function) has a prefix before the names of its states, so that they are apart.
 */
import type { StateAccess, TimeWindow } from '../../job/functions.ts';
import type { StateDescriptor } from '../../job/states.ts';
import type { TypeInfo } from '../../job/types.ts';
import { JobError } from '../../errors.ts';
import type { KeyedMapTable, KeyedTable, StateTables } from '../../state/backend.ts';
import { OperatorStates } from '../../state/kinds/state-access.ts';
import type { TurnScope } from '../../state/turn-scope.ts';
import type { OperatorHost } from '../operator.ts';

/** `window`: asked for at each access. */
export function windowStates(
  host: OperatorHost,
  scope: TurnScope,
  prefix: string,
  window: () => TimeWindow,
): { readonly access: StateAccess; readonly tables: StateTables } {
  const tables = new PrefixedTables(host.backend, prefix, window);
  return { access: withoutTtl(tables, host, scope), tables };
}

export function keyStates(host: OperatorHost, scope: TurnScope, prefix: string): StateAccess {
  return withoutTtl(new PrefixedTables(host.backend, prefix, undefined), host, scope);
}

/** Windows are cleaned up at their end; a state of theirs that goes before would be another rule. */
function withoutTtl(tables: StateTables, host: OperatorHost, scope: TurnScope): StateAccess {
  const { user } = host.calls;
  const states = new OperatorStates(tables, { user, scope, cleaned: () => undefined, expired: () => undefined });
  return {
    getState<S>(descriptor: StateDescriptor<S>): S {
      if (descriptor.ttl === undefined) return states.getState(descriptor);
      throw user.fault(
        'state',
        `state "${descriptor.name}" has a time to live, and states of windows have none: they go when clear removes them`,
      );
    },
  };
}

/** The tables of one owner: each name behind its prefix, and each value under the namespace of the window, if there is one. */
class PrefixedTables implements StateTables {
  readonly #tables: StateTables;
  readonly #prefix: string;
  readonly #window: (() => TimeWindow) | undefined;

  constructor(tables: StateTables, prefix: string, window: (() => TimeWindow) | undefined) {
    this.#tables = tables;
    this.#prefix = prefix;
    this.#window = window;
  }

  get currentKey(): unknown {
    return this.#tables.currentKey;
  }

  setCurrentKey(key: unknown): void {
    this.#tables.setCurrentKey(key);
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    return this.#tables.someKeysOf(this.#prefix + state, count);
  }

  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    const table = this.#tables.table(this.#prefix + name, type);
    const window = this.#window;
    if (window === undefined) return table;
    return {
      get: () => table.get(window()),
      put: (_namespace, value) => table.put(window(), value),
      remove: () => table.remove(window()),
    };
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V> {
    if (this.#window === undefined) return this.#tables.mapTable(this.#prefix + name, keyType, type);
    throw new JobError(
      `state "${name}" is a map, and a window has none: use a value state that holds a list or a record`,
    );
  }
}
