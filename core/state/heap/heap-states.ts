/**
 * The keyed states of a heap backend, by name: what the job has registered, and what was restored and not registered since.
 *
 * Restored states are there with the types that they were written with until the job registers them: then all of a state's
 * values become those of the registered type (values/evolution.ts). What it does not register is kept and written again as it
 * was, so that a later version of the job migrates what the first one wrote. Handles may hold one state in several types: it
 * was registered in some subtasks and not in others.
 */
import { JobError } from '../../errors.ts';
import type { TypeInfo } from '../../job/types.ts';
import { migrationOf, requireAsIs, typeText } from '../../values/evolution.ts';
import { sameType } from '../../values/serializers.ts';
import type { Sieve } from '../backend.ts';
import { compareKeys, type HeapKeys } from './heap-keys.ts';
import type { FrozenState } from './heap-tables.ts';
import { HeapMapTable, HeapTable } from './heap-tables.ts';
import { compareSchemas, type StateSchema } from './snapshot-format.ts';

export type AnyTable = HeapTable<unknown> | HeapMapTable<unknown, unknown>;

export class HeapStates {
  readonly #keys: HeapKeys;
  readonly #keyGroups: number;
  /** What the job has registered. */
  readonly #tables = new Map<string, AnyTable>();
  /** Restored and not registered since: by name, a table for each type. */
  readonly #carried = new Map<string, AnyTable[]>();
  readonly #adoptedBy: ((state: string, migrated: boolean) => void) | undefined;

  /** `adopted`: restored values have become those of a registered state. */
  constructor(keys: HeapKeys, keyGroups: number, adopted?: (state: string, migrated: boolean) => void) {
    this.#keys = keys;
    this.#keyGroups = keyGroups;
    this.#adoptedBy = adopted;
  }

  table<T>(name: string, type: TypeInfo<T>): HeapTable<T> {
    const registered = this.#tables.get(name) ?? this.#registerValues(name, type);
    if (!isTableOf(registered, type)) throw otherType(registered.schema, { kind: 'value', name, type });
    return registered;
  }

  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): HeapMapTable<K, V> {
    const registered = this.#tables.get(name) ?? this.#registerMaps(name, keyType, type);
    if (!isMapTableOf(registered, keyType, type))
      throw otherType(registered.schema, { kind: 'map', name, keyType, type });
    return registered;
  }

  keysOf(state: string): readonly unknown[] {
    const registered = this.#tables.get(state);
    if (registered !== undefined) return registered.allKeys().map(({ key }) => key);
    const keys = (this.#carried.get(state) ?? []).flatMap((table) => table.allKeys());
    return keys.sort(compareKeys).map(({ key }) => key);
  }

  someKeysOf(state: string, count: number): readonly unknown[] {
    return (
      this.#tables
        .get(state)
        ?.someKeys(count)
        .map(({ key }) => key) ?? []
    );
  }

  /** What the current key has in any state goes. */
  forgetKey(): void {
    for (const table of this.#tables.values()) table.forgetKey();
  }

  /** All that is not empty, in the order of their schemas. */
  freeze(sieves: ReadonlyMap<string, Sieve> | undefined): FrozenState[] {
    const registered = [...this.#tables.values()].map((table) => table.freeze(sieves?.get(table.schema.name)));
    // What nobody has asked for yet has no time to live that would be known.
    const carried = [...this.#carried.values()].flat().filter((table) => !table.isEmpty);
    const states = [...registered, ...carried.map((table) => table.freeze())];
    return states.sort((a, b) => compareSchemas(a.schema, b.schema));
  }

  /** After a restore into states that the job has registered already. */
  migrateRegistered(): void {
    for (const [name, table] of this.#tables) {
      const { schema } = table;
      if (schema.kind === 'value' && isTableOf<unknown>(table, schema.type)) this.#migrateValues(name, table);
      if (schema.kind === 'map' && isMapTableOf<unknown, unknown>(table, schema.keyType, schema.type))
        this.#migrateMaps(name, table);
    }
  }

  /** The table of restored values of this very type. */
  carried(schema: StateSchema): AnyTable {
    const { name } = schema;
    const known = this.#carried.get(name) ?? [];
    let table = known.find((candidate) => candidate.schema === schema || sameSchema(candidate.schema, schema));
    if (table === undefined) {
      table =
        schema.kind === 'value'
          ? new HeapTable<unknown>(this.#keys, this.#keyGroups, name, schema.type)
          : new HeapMapTable<unknown, unknown>(this.#keys, this.#keyGroups, name, schema.keyType, schema.type);
      known.push(table);
      this.#carried.set(name, known);
    }
    return table;
  }

  #registerValues(name: string, type: TypeInfo): AnyTable {
    const only = this.#onlyCarried(name);
    if (only?.schema.kind === 'value' && isTableOf<unknown>(only, only.schema.type)) {
      if (migrationOf(`state "${name}"`, only.schema.type, type) === undefined) {
        const migrated = !sameType(only.schema.type, type);
        only.adopt(type);
        return this.#adopted(name, only, migrated);
      }
    }
    const table = new HeapTable<unknown>(this.#keys, this.#keyGroups, name, type);
    this.#migrateValues(name, table);
    this.#tables.set(name, table);
    return table;
  }

  #registerMaps(name: string, keyType: TypeInfo, type: TypeInfo): AnyTable {
    const only = this.#onlyCarried(name);
    if (only?.schema.kind === 'map' && isMapTableOf<unknown, unknown>(only, only.schema.keyType, only.schema.type)) {
      const convertKey = requireAsIs(`the key of map state "${name}"`, only.schema.keyType, keyType);
      if (convertKey === undefined && migrationOf(`map state "${name}"`, only.schema.type, type) === undefined) {
        const migrated = !sameType(only.schema.type, type);
        only.adopt(keyType, type);
        return this.#adopted(name, only, migrated);
      }
    }
    const table = new HeapMapTable<unknown, unknown>(this.#keys, this.#keyGroups, name, keyType, type);
    this.#migrateMaps(name, table);
    this.#tables.set(name, table);
    return table;
  }

  /** The restored values of the state, if all of them are of one type. */
  #onlyCarried(name: string): AnyTable | undefined {
    const carried = this.#carried.get(name);
    return carried?.length === 1 ? carried[0] : undefined;
  }

  #adopted(name: string, table: AnyTable, migrated: boolean): AnyTable {
    this.#adoptedBy?.(name, migrated);
    this.#carried.delete(name);
    this.#tables.set(name, table);
    return table;
  }

  /** Moves everything that was restored of the state. */
  #migrateValues(name: string, into: HeapTable<unknown>): void {
    const { type } = into.schema;
    const carried = this.#carried.get(name) ?? [];
    for (const from of carried) {
      const { schema } = from;
      if (schema.kind !== 'value' || !isTableOf<unknown>(from, schema.type)) throw otherKind(schema, 'value');
      from.moveTo(into, migrationOf(`state "${name}"`, schema.type, type) ?? asItIs);
      this.#adoptedBy?.(name, !sameType(schema.type, type));
    }
    this.#carried.delete(name);
  }

  #migrateMaps(name: string, into: HeapMapTable<unknown, unknown>): void {
    const { keyType, type } = into.schema;
    const carried = this.#carried.get(name) ?? [];
    for (const from of carried) {
      const { schema } = from;
      if (schema.kind !== 'map' || !isMapTableOf<unknown, unknown>(from, schema.keyType, schema.type))
        throw otherKind(schema, 'map');
      const convertKey = requireAsIs(`the key of map state "${name}"`, schema.keyType, keyType);
      const convert = migrationOf(`map state "${name}"`, schema.type, type);
      from.moveTo(into, convertKey ?? asItIs, convert ?? asItIs);
      this.#adoptedBy?.(name, !sameType(schema.type, type));
    }
    this.#carried.delete(name);
  }
}

// ---- registered states: the same name always comes with the same type

export function isTableOf<T>(table: AnyTable, type: TypeInfo<T>): table is HeapTable<T> {
  return table.schema.kind === 'value' && sameType(table.schema.type, type);
}

export function isMapTableOf<K, V>(
  table: AnyTable,
  keyType: TypeInfo<K>,
  type: TypeInfo<V>,
): table is HeapMapTable<K, V> {
  const { schema } = table;
  return schema.kind === 'map' && sameType(schema.keyType, keyType) && sameType(schema.type, type);
}

function sameSchema(a: StateSchema, b: StateSchema): boolean {
  if (a.kind === 'value') return b.kind === 'value' && sameType(a.type, b.type);
  return b.kind === 'map' && sameType(a.keyType, b.keyType) && sameType(a.type, b.type);
}

function asItIs(value: unknown): unknown {
  return value;
}

function otherKind({ name, kind }: StateSchema, declared: StateSchema['kind']): JobError {
  return new JobError(
    `state "${name}" was written as a ${kind} state and is declared as a ${declared} state: give it another name`,
  );
}

function otherType(registered: StateSchema, asked: StateSchema): JobError {
  return new JobError(
    `state "${asked.name}" is registered as a ${typesOf(registered)} and is asked for as a ${typesOf(asked)}: use one ` +
      'descriptor for it, and another name for a state of another type',
  );
}

function typesOf(schema: StateSchema): string {
  const { kind, type } = schema;
  return `${kind} state of ${kind === 'map' ? `${typeText(schema.keyType)} to ` : ''}${typeText(type)}`;
}
