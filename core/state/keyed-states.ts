/**
 * The keyed states of a backend, by name: what the job has registered, and what was restored and not registered since. How a
 * state is kept is the backend's own matter: its tables come from a maker.
 *
 * Restored states are there with the types that they were written with until the job registers them: then all of a state's
 * values become those of the registered type (values/evolution.ts). What it does not register is kept and written again as it
 * was, so that a later version of the job migrates what the first one wrote. Handles may hold one state in several types: it
 * was registered in some subtasks and not in others.
 */
import { JobError } from '../errors.ts';
import type { TimeWindow, Timestamp } from '../job/functions.ts';
import type { TypeInfo } from '../job/types.ts';
import { type Convert, requireAsIs, typeText } from '../values/evolution.ts';
import { sameType } from '../values/serializers.ts';
import type { KeyedMapTable, KeyedTable, Sieve, StateBackendEnv } from './backend.ts';
import { storedMigrationOf } from './timed.ts';
import { compareSchemas, type MapStateSchema, type StateSchema, type ValueStateSchema } from './snapshot-format.ts';

/** A value state of a backend. `Key`: what the backend makes of a key; `Table`: its own class. */
export interface ValueStateTable<Key, Table> extends KeyedTable<unknown> {
  readonly schema: ValueStateSchema;
  /** Nothing was restored into it. */
  readonly isEmpty: boolean;
  putFor(key: Key, namespace: TimeWindow | undefined, value: unknown): void;
  /** Puts everything into a table of another type. */
  moveTo(table: Table, convert: Convert): void;
  /** Goes on as a table of this schema, whose values are the same; left out where a table has one type for good. */
  adopt?(schema: ValueStateSchema): void;
}

/** The same of a map state. */
export interface MapStateTable<Key, Table> extends KeyedMapTable<unknown, unknown> {
  readonly schema: MapStateSchema;
  readonly isEmpty: boolean;
  putFor(owner: Key, key: unknown, value: unknown): void;
  moveTo(table: Table, convertKey: Convert, convert: Convert): void;
  adopt?(schema: MapStateSchema): void;
}

/** Makes a backend's tables, empty. */
export interface TableMaker<Values, Maps> {
  value(schema: ValueStateSchema): Values;
  map(schema: MapStateSchema): Maps;
}

/** A state of a snapshot. */
export interface SnapshotState<Table> {
  readonly table: Table;
  /** What is kept of a value. */
  readonly sieve: Sieve | undefined;
}

/** What a backend is told (`StateBackendEnv`). */
export type StatesEnv = Pick<StateBackendEnv, 'adopted' | 'now'>;

export class KeyedStates<Key, Values extends ValueStateTable<Key, Values>, Maps extends MapStateTable<Key, Maps>> {
  readonly #maker: TableMaker<Values, Maps>;
  /** What the job has registered. */
  readonly #registered = new Map<string, Values | Maps>();
  /** Restored and not registered since: by name, a table for each type. */
  readonly #carried = new Map<string, (Values | Maps)[]>();
  readonly #env: StatesEnv;

  constructor(maker: TableMaker<Values, Maps>, env: StatesEnv) {
    this.#maker = maker;
    this.#env = env;
  }

  /** See `KeyedStateBackend.table`. */
  table<T>(name: string, type: TypeInfo<T>): KeyedTable<T> {
    const asked: ValueStateSchema = { kind: 'value', name, type };
    const registered = this.#registered.get(name) ?? this.#register(asked);
    if (!isTableOf(registered, type)) throw otherType(registered.schema, asked);
    return registered;
  }

  /** See `KeyedStateBackend.mapTable`. */
  mapTable<K, V>(name: string, keyType: TypeInfo<K>, type: TypeInfo<V>): KeyedMapTable<K, V> {
    const asked: MapStateSchema = { kind: 'map', name, keyType, type };
    const registered = this.#registered.get(name) ?? this.#register(asked);
    if (!isMapTableOf(registered, keyType, type)) throw otherType(registered.schema, asked);
    return registered;
  }

  /** Undefined: the job has not registered it. */
  registered(name: string): Values | Maps | undefined {
    return this.#registered.get(name);
  }

  allRegistered(): Iterable<Values | Maps> {
    return this.#registered.values();
  }

  /** Where what is known of a state is: in the one table that is registered, or in those that were restored. */
  tablesOf(name: string): readonly (Values | Maps)[] {
    const registered = this.#registered.get(name);
    return registered === undefined ? (this.#carried.get(name) ?? []) : [registered];
  }

  /** What a snapshot holds, in the order of its header. */
  ofSnapshot(sieves: ReadonlyMap<string, Sieve> | undefined): readonly SnapshotState<Values | Maps>[] {
    const registered = [...this.#registered].map(([name, table]) => ({ table, sieve: sieves?.get(name) }));
    // What nobody has asked for yet has no time to live that would be known.
    const carried = [...this.#carried.values()].flat().filter((table) => !table.isEmpty);
    const states = [...registered, ...carried.map((table) => ({ table, sieve: undefined }))];
    return states.sort((a, b) => compareSchemas(a.table.schema, b.table.schema));
  }

  /** The table of restored values of this very type. */
  carried(schema: ValueStateSchema): Values;
  carried(schema: MapStateSchema): Maps;
  carried(schema: StateSchema): Values | Maps;
  carried(schema: StateSchema): Values | Maps {
    const { name } = schema;
    const known = this.#carried.get(name) ?? [];
    let table = known.find((candidate) => candidate.schema === schema || sameSchema(candidate.schema, schema));
    if (table === undefined) {
      table = this.#create(schema);
      known.push(table);
      this.#carried.set(name, known);
    }
    return table;
  }

  /** After a restore into states that the job has registered already. */
  migrateRegistered(): void {
    for (const table of this.#registered.values()) this.#migrate(table);
  }

  #create(schema: StateSchema): Values | Maps {
    return schema.kind === 'value' ? this.#maker.value(schema) : this.#maker.map(schema);
  }

  #register(schema: StateSchema): Values | Maps {
    const table = this.#retyped(schema) ?? this.#create(schema);
    this.#migrate(table);
    this.#registered.set(schema.name, table);
    return table;
  }

  /** The restored values of the state, if all are of one type, are the new type's too, and their table can go on with it. */
  #retyped(schema: StateSchema): Values | Maps | undefined {
    const { name } = schema;
    const carried = this.#carried.get(name) ?? [];
    const [only] = carried;
    if (carried.length !== 1 || only?.adopt === undefined) return undefined;
    const before = only.schema;
    const { key, value } = conversionOf(before, schema, this.#env.now);
    if (key !== undefined || value !== undefined) return undefined;
    if (isValues<Values, Maps>(only)) {
      if (schema.kind === 'value') only.adopt?.(schema);
    } else if (schema.kind === 'map') only.adopt?.(schema);
    this.#carried.delete(name);
    this.#env.adopted?.(name, !sameType(before.type, schema.type));
    return only;
  }

  /** Everything that was restored of the state becomes the table's. */
  #migrate(into: Values | Maps): void {
    const { name, type } = into.schema;
    let nowMs: Timestamp | undefined;
    for (const from of this.#carried.get(name) ?? []) {
      let touch: Timestamp | undefined;
      const now = (): Timestamp => (touch = nowMs ??= this.#env.now());
      const { key = asItIs, value = asItIs } = conversionOf(from.schema, into.schema, now);
      if (isValues<Values, Maps>(from)) {
        if (isValues<Values, Maps>(into)) from.moveTo(into, value);
      } else if (!isValues<Values, Maps>(into)) from.moveTo(into, key, value);
      this.#env.adopted?.(name, !sameType(from.schema.type, type), touch);
    }
    this.#carried.delete(name);
  }
}

// ---- registered states: the same name always comes with the same type

function isValues<
  Values extends { readonly schema: ValueStateSchema },
  Maps extends { readonly schema: MapStateSchema },
>(table: Values | Maps): table is Values {
  return table.schema.kind === 'value';
}

function isTableOf<T>(table: { readonly schema: StateSchema }, type: TypeInfo<T>): table is TableOf<KeyedTable<T>> {
  return table.schema.kind === 'value' && sameType(table.schema.type, type);
}

function isMapTableOf<K, V>(
  table: { readonly schema: StateSchema },
  keyType: TypeInfo<K>,
  type: TypeInfo<V>,
): table is TableOf<KeyedMapTable<K, V>> {
  const { schema } = table;
  return schema.kind === 'map' && sameType(schema.keyType, keyType) && sameType(schema.type, type);
}

type TableOf<Table> = Table & { readonly schema: StateSchema };

function sameSchema(a: StateSchema, b: StateSchema): boolean {
  if (a.kind === 'value') return b.kind === 'value' && sameType(a.type, b.type);
  return b.kind === 'map' && sameType(a.keyType, b.keyType) && sameType(a.type, b.type);
}

/** What becomes of restored keys of maps and values; undefined: they stay as they are. Throws `JobError` if they cannot become it. */
function conversionOf(
  written: StateSchema,
  declared: StateSchema,
  now: () => Timestamp,
): { readonly key?: Convert | undefined; readonly value?: Convert | undefined } {
  const { name } = declared;
  if (written.kind === 'value' && declared.kind === 'value')
    return { value: storedMigrationOf(`state "${name}"`, written.type, declared.type, now) };
  if (written.kind === 'map' && declared.kind === 'map') {
    return {
      key: requireAsIs(`the key of map state "${name}"`, written.keyType, declared.keyType),
      value: storedMigrationOf(`map state "${name}"`, written.type, declared.type, now),
    };
  }
  throw otherKind(written, declared.kind);
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
