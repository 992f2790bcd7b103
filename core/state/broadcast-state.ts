/**
 * Broadcast state: a few maps that every subtask of an operator has a copy of (Flink: `HeapBroadcastState`).
 *
 * The sync part of a snapshot copies the maps and no value; bytes are made when `encode` is called. They are a function of
 * the content alone, so that equal copies have equal bytes:
 *
 *     version; n, n times a state that has entries, by name:   name, key type, value type,
 *                                                              m, m times, by serialized key: key, value
 *
 * A restored state that the job does not declare is kept and written again as it was; the values of one that it declares
 * become those of the declared type (values/evolution.ts). Left out: telling which copy is right where two differ.
 */
import type { MapDescriptor, MapState } from '../job/states.ts';
import type { TypeInfo } from '../job/types.ts';
import { IoError, JobError } from '../errors.ts';
import type { UserCode } from '../user-code.ts';
import { pairsOf } from './pairs.ts';
import { ByteReader, bytesOf } from '../values/bytes.ts';
import { type Convert, migrationOf, requireAsIs, typeText } from '../values/evolution.ts';
import { compareBytes, keyIndexer, readType, sameType, serializerOf, writeType } from '../values/serializers.ts';
import { type Taker, takerOf } from '../values/taker.ts';

const FORMAT_VERSION = 1;

/** What `encode` makes bytes of, at any later time. */
export interface BroadcastSnapshot {
  encode(): Uint8Array;
}

/** The states that have entries, by name; entries in order of their serialized keys. */
export type BroadcastContent = readonly {
  readonly state: string;
  readonly entries: readonly (readonly [unknown, unknown])[];
}[];

/** Immutable: a snapshot may share it. `bytes`: of the key. */
interface Cell {
  readonly key: unknown;
  readonly bytes: Uint8Array;
  readonly value: unknown;
}
type Cells = ReadonlyMap<string | number, Cell>;

export class BroadcastStore {
  readonly #uid: string;
  readonly #tables = new Map<string, BroadcastTable>();
  readonly #declared: Set<string>;
  readonly #guard: WriteGuard;
  readonly #user: UserCode;

  constructor(uid: string, states: readonly MapDescriptor<unknown, unknown>[], user: UserCode) {
    this.#uid = uid;
    this.#user = user;
    this.#declared = new Set(states.map((state) => state.name));
    this.#guard = { uid, isOpen: false, user };
    for (const { name, keyType, type } of states)
      this.#tables.set(name, new BroadcastTable(name, keyType, type, this.#guard));
  }

  /** Of a function that no stream is broadcast to: `open` says which states there are. After the restore. */
  declare({ name, keyType, type }: MapDescriptor<unknown, unknown>): void {
    if (this.#declared.has(name)) return;
    const restored = this.#tables.get(name);
    const table = new BroadcastTable(name, keyType, type, this.#guard);
    try {
      if (restored !== undefined) this.#migrate(table, restored.keyType, restored.type, restored.entries());
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      throw this.#user.fault('state', error.message);
    }
    this.#tables.set(name, table);
    this.#declared.add(name);
  }

  #migrate(
    to: BroadcastTable,
    keyType: TypeInfo,
    type: TypeInfo,
    entries: readonly (readonly [unknown, unknown])[],
  ): void {
    const { keyConvert, convert } = to.migrationFrom(
      `operator ${this.#uid}: the broadcast state "${to.name}"`,
      keyType,
      type,
    );
    const before = this.#guard.isOpen;
    this.#guard.isOpen = true;
    for (const [key, value] of entries) to.put(keyConvert(key), convert(value));
    this.#guard.isOpen = before;
  }

  /** @throws JobError if there is no such state, or it has other types. */
  state<K, V>(descriptor: MapDescriptor<K, V>): MapState<K, V>;
  state(descriptor: MapDescriptor<unknown, unknown>): MapState<unknown, unknown> {
    const { name } = descriptor;
    const table = this.#tables.get(name);
    if (table === undefined || !this.#declared.has(name)) {
      throw this.#user.fault(
        'state',
        `it has no broadcast state "${name}" (it has ${[...this.#declared].join(', ')}); give its descriptor to broadcast(...), ` +
          'or ask for it in open where no stream is broadcast',
      );
    }
    if (!table.isOf(descriptor)) {
      throw this.#user.fault(
        'state',
        `the broadcast state "${name}" was declared with ${table.types} and is asked for with ` +
          `${typesOf(descriptor.keyType, descriptor.type)}; use one descriptor for it`,
      );
    }
    return table;
  }

  /**
   * The turn of a broadcast element: the only time at which the states may be written. A write at another time, by a state
   * that was kept, is a `JobError`: each subtask would change its own copy.
   */
  write(turn: () => void): void {
    this.#guard.isOpen = true;
    try {
      turn();
    } finally {
      this.#guard.isOpen = false;
    }
  }

  /** There are such states, declared or restored. */
  get isUsed(): boolean {
    return this.#tables.size > 0;
  }

  /** The sync part: copies structure only. */
  snapshot(): BroadcastSnapshot {
    const frozen = [...this.#tables.values()].map((table) => table.freeze());
    return { encode: () => writeStates(frozen) };
  }

  /** Before the first use. @throws JobError if a state is declared with a type that its values cannot become. */
  restore(bytes: Uint8Array): void {
    readStates(bytes, (name, keyType, type, entries) => {
      let table = this.#tables.get(name);
      if (table === undefined) {
        table = new BroadcastTable(name, keyType, type, this.#guard);
        this.#tables.set(name, table);
      }
      this.#migrate(table, keyType, type, entries);
    });
  }
}

/** Reads bytes of `encode` with no store at hand. Throws `IoError` if they are damaged. */
export function decodeBroadcast(bytes: Uint8Array): BroadcastContent {
  const content: BroadcastContent[number][] = [];
  readStates(bytes, (state, _keyType, _type, entries) => content.push({ state, entries }));
  return content;
}

/** What one broadcast state is of, and how much of it there is; `bytes`: of its entries. */
export interface BroadcastMeasure {
  readonly state: string;
  readonly keyType: TypeInfo;
  readonly type: TypeInfo;
  readonly entries: number;
  readonly bytes: number;
}

/** Reads bytes of `encode` as `decodeBroadcast` does. */
export function measureBroadcast(encoded: Uint8Array): readonly BroadcastMeasure[] {
  const measures: BroadcastMeasure[] = [];
  readStates(encoded, (state, keyType, type, { length: entries }, bytes) =>
    measures.push({ state, keyType, type, entries, bytes }),
  );
  return measures;
}

interface WriteGuard {
  readonly uid: string;
  isOpen: boolean;
  readonly user: UserCode;
}

class BroadcastTable implements MapState<unknown, unknown> {
  readonly name: string;
  readonly keyType: TypeInfo;
  readonly type: TypeInfo;
  readonly #guard: WriteGuard;
  readonly #taker: Taker;
  readonly #keyTaker: Taker;
  readonly #indexOf: (key: unknown) => string | number;
  readonly #cells = new Map<string | number, Cell>();
  /** In order of the serialized keys, until the next write. */
  #sorted: readonly Cell[] | undefined;

  constructor(name: string, keyType: TypeInfo, type: TypeInfo, guard: WriteGuard) {
    this.name = name;
    this.keyType = keyType;
    this.type = type;
    this.#guard = guard;
    this.#taker = takerOf(type);
    this.#keyTaker = takerOf(keyType);
    this.#indexOf = keyIndexer(keyType);
  }

  isOf({ keyType, type }: { readonly keyType: TypeInfo; readonly type: TypeInfo }): boolean {
    return sameType(keyType, this.keyType) && sameType(type, this.type);
  }

  /** For messages. */
  get types(): string {
    return typesOf(this.keyType, this.type);
  }

  /** @throws JobError if what was written with these types cannot be here. */
  migrationFrom(
    what: string,
    keyType: TypeInfo,
    type: TypeInfo,
  ): { readonly keyConvert: Convert; readonly convert: Convert } {
    return {
      keyConvert: requireAsIs(`${what}: its key`, keyType, this.keyType) ?? asItIs,
      convert: migrationOf(what, type, this.type) ?? asItIs,
    };
  }

  get(key: unknown): unknown {
    this.#takeKey(key, 'get');
    return this.#cells.get(this.#indexOf(key))?.value;
  }

  has(key: unknown): boolean {
    return this.#contains(key, 'has');
  }

  contains(key: unknown): boolean {
    return this.#contains(key, 'contains');
  }

  #contains(key: unknown, call: string): boolean {
    this.#takeKey(key, call);
    return this.#cells.has(this.#indexOf(key));
  }

  put(key: unknown, value: unknown): void {
    this.#checkOpen();
    this.#takeEntry(key, value, 'put');
    this.#store(key, value);
  }

  putAll(entries: Iterable<readonly [unknown, unknown]>): void {
    this.#checkOpen();
    const all = pairsOf(entries, this.#guard.user, `putAll of broadcast state "${this.name}"`);
    for (const [key, value] of all) this.#takeEntry(key, value, 'putAll');
    for (const [key, value] of all) this.#store(key, value);
  }

  #takeEntry(key: unknown, value: unknown, call: string): void {
    const { user } = this.#guard;
    if (value === undefined) {
      throw user.fault(
        'state',
        `undefined cannot be stored in the broadcast state "${this.name}"; null can, if the type is nullable`,
      );
    }
    this.#takeKey(key, call);
    user.take(this.#taker, value, `${call} of broadcast state "${this.name}"`);
  }

  #store(key: unknown, value: unknown): void {
    const index = this.#indexOf(key);
    const bytes = this.#cells.get(index)?.bytes ?? keyBytes(this.keyType, key);
    this.#cells.set(index, { key, bytes, value });
    this.#sorted = undefined;
  }

  remove(key: unknown): void {
    this.#checkOpen();
    this.#takeKey(key, 'remove');
    if (this.#cells.delete(this.#indexOf(key))) this.#sorted = undefined;
  }

  entries(): readonly (readonly [unknown, unknown])[] {
    this.#sorted ??= inOrder(this.#cells);
    return this.#sorted.map(({ key, value }) => [key, value] as const);
  }

  keys(): readonly unknown[] {
    return this.entries().map(([key]) => key);
  }

  values(): readonly unknown[] {
    return this.entries().map(([, value]) => value);
  }

  isEmpty(): boolean {
    return this.#cells.size === 0;
  }

  clear(): void {
    this.#checkOpen();
    this.#cells.clear();
    this.#sorted = undefined;
  }

  #checkOpen(): void {
    if (this.#guard.isOpen) return;
    throw this.#guard.user.fault(
      'state',
      `the broadcast state "${this.name}" is read-only for elements and timers, since each subtask ` +
        'would write to its own copy; write to it in processBroadcastElement',
    );
  }

  #takeKey(key: unknown, call: string): void {
    this.#guard.user.take(this.#keyTaker, key, `${call} of broadcast state "${this.name}": its key`);
  }

  freeze(): FrozenTable {
    return { name: this.name, keyType: this.keyType, type: this.type, cells: new Map(this.#cells) };
  }
}

function typesOf(keyType: TypeInfo, type: TypeInfo): string {
  return `keys of ${typeText(keyType)} and values of ${typeText(type)}`;
}

function asItIs(value: unknown): unknown {
  return value;
}

interface FrozenTable {
  readonly name: string;
  readonly keyType: TypeInfo;
  readonly type: TypeInfo;
  readonly cells: Cells;
}

function inOrder(cells: Cells): readonly Cell[] {
  return [...cells.values()].sort((a, b) => compareBytes(a.bytes, b.bytes));
}

function keyBytes(type: TypeInfo, key: unknown): Uint8Array {
  return bytesOf((out) => {
    serializerOf(type).write(key, out);
  });
}

// ---- bytes

function writeStates(tables: readonly FrozenTable[]): Uint8Array {
  const filled = tables.filter(({ cells }) => cells.size > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
  return bytesOf((out) => {
    out.byte(FORMAT_VERSION);
    out.varint(filled.length);
    for (const { name, keyType, type, cells } of filled) {
      out.string(name);
      writeType(keyType, out);
      writeType(type, out);
      out.varint(cells.size);
      const serializer = serializerOf(type);
      for (const { bytes, value } of inOrder(cells)) {
        out.raw(bytes);
        serializer.write(value, out);
      }
    }
  });
}

type StateVisitor = (
  name: string,
  keyType: TypeInfo,
  type: TypeInfo,
  entries: readonly (readonly [unknown, unknown])[],
  bytes: number,
) => void;

function readStates(bytes: Uint8Array, visit: StateVisitor): void {
  const input = new ByteReader(bytes);
  const version = input.byte();
  if (version !== FORMAT_VERSION) {
    throw new IoError(`broadcast state has format version ${version}; this engine reads version ${FORMAT_VERSION}`);
  }
  for (let states = input.varint(); states > 0; states--) {
    const name = input.string();
    const keyType = readType(input);
    const type = readType(input);
    const key = serializerOf(keyType);
    const value = serializerOf(type);
    const entries: (readonly [unknown, unknown])[] = [];
    const count = input.varint();
    const from = input.remaining;
    for (let left = count; left > 0; left--) entries.push([key.read(input), value.read(input)]);
    visit(name, keyType, type, entries, from - input.remaining);
  }
  input.expectEnd();
}
