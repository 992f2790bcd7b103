/**
 * The two kinds of state of the lsm backend: each is a column of the store, of one name and type. A column of another type is
 * another column, so that a value is always read with the type that it was written with.
 */
import type { TimeWindow } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import { ByteReader, bytesOf, ByteWriter } from '../../values/bytes.ts';
import { serializerOf, type TypeSerializer, writeType } from '../../values/serializers.ts';
import type { KeyedMapTable, KeyedTable } from '../backend.ts';
import type { MapStateSchema, StateSchema, ValueStateSchema } from '../snapshot-format.ts';
import {
  type Binary,
  binaryOf,
  bytesOfBinary,
  GROUP_LENGTH,
  groupBinary,
  groupOfBinary,
  namespaceBinary,
  namespaceOfBinary,
  successor,
  wordBinary,
} from './binary.ts';
import { crc32 } from '../../values/checksum.ts';
import type { LsmKey, LsmKeys } from './lsm-keys.ts';
import type { LiveEntry } from './memtable.ts';
import type { LsmStore } from './store.ts';

/** Behind 0 and 1, which are timers. */
const STATE = 2;

/** What of a store's key names the column; it stands behind the key group. */
function tagOf(schema: StateSchema): Binary {
  const types = bytesOf((out) => {
    if (schema.kind === 'map') writeType(schema.keyType, out);
    writeType(schema.type, out);
    out.bool(schema.kind === 'map');
  });
  const name = bytesOf((out) => {
    out.byte(STATE);
    out.string(schema.name);
  });
  return binaryOf(name) + wordBinary(crc32(types));
}

export interface ColumnContext {
  readonly keys: LsmKeys;
  readonly store: LsmStore;
}

/** What both kinds have in common. */
abstract class Column {
  abstract readonly schema: StateSchema;
  readonly tag: Binary;
  /** Something was restored into it. */
  isEmpty = true;
  protected readonly context: ColumnContext;
  /** By key group: the key at which `someKeys` ended. */
  readonly #walks = new Map<number, Binary>();

  constructor(schema: StateSchema, context: ColumnContext) {
    this.tag = tagOf(schema);
    this.context = context;
  }

  /** What the walks take in memory. */
  get walkBytes(): number {
    let bytes = 0;
    for (const key of this.#walks.values()) bytes += WALK_OVERHEAD_BYTES + key.length;
    return bytes;
  }

  /** The keys of all groups that have something, in no order. */
  *keys(): Generator<LsmKey, void> {
    const { start, end } = this.context.keys.range;
    for (let keyGroup = start; keyGroup <= end;) {
      const prefix = groupBinary(keyGroup) + this.tag;
      const first = this.context.store.scan(prefix).next();
      if (first.done === true) return;
      const found = groupOfBinary(first.value.key);
      if (found > keyGroup) {
        keyGroup = found;
        continue;
      }
      if (first.value.key.startsWith(prefix)) yield* this.#keysOf(keyGroup, prefix);
      keyGroup++;
    }
  }

  /** Up to `count` keys of the current key's group; the next call goes on behind them, and from the start again. */
  someKeys(count: number): readonly unknown[] {
    const { keyGroup } = this.context.keys.current;
    const prefix = groupBinary(keyGroup) + this.tag;
    const last = this.#walks.get(keyGroup);
    const from = last === undefined ? prefix : (successor(prefix + last) ?? prefix);
    const some: unknown[] = [];
    for (const { key, binary } of this.#keysOf(keyGroup, prefix, from)) {
      some.push(key);
      this.#walks.set(keyGroup, binary);
      if (some.length === count) return some;
    }
    this.#walks.delete(keyGroup);
    return some;
  }

  /** Everything, in order; with the key and the rest of the store's key. */
  *entriesOfAll(): Generator<{ readonly key: unknown; readonly rest: number; readonly entry: LiveEntry }, void> {
    const { keys, store } = this.context;
    for (let keyGroup = keys.range.start; keyGroup <= keys.range.end; keyGroup++) {
      const prefix = groupBinary(keyGroup) + this.tag;
      for (const entry of store.withPrefix(prefix)) {
        const { key, end } = keys.read(entry.key, prefix.length);
        yield { key, rest: end, entry };
      }
    }
  }

  /** Of the current key. */
  protected get prefix(): Binary {
    const { keyGroup, binary } = this.context.keys.current;
    return groupBinary(keyGroup) + this.tag + binary;
  }

  protected prefixOf({ keyGroup, binary }: LsmKey): Binary {
    return groupBinary(keyGroup) + this.tag + binary;
  }

  *#keysOf(keyGroup: number, prefix: Binary, from = prefix): Generator<LsmKey, void> {
    let last: Binary | undefined;
    for (const entry of this.context.store.withPrefix(prefix, from)) {
      const { key, end } = this.context.keys.read(entry.key, prefix.length);
      const binary = entry.key.slice(prefix.length, end);
      if (binary === last) continue;
      last = binary;
      yield { key, keyGroup, binary };
    }
  }
}

const WALK_OVERHEAD_BYTES = 24;

/** How long the part of a column's keys is that stands before the key. */
export function columnPrefixLength({ tag }: { readonly tag: Binary }): number {
  return GROUP_LENGTH + tag.length;
}

export class LsmTable<T> extends Column implements KeyedTable<T> {
  readonly schema: ValueStateSchema;
  readonly serializer: TypeSerializer<T>;
  readonly #writer = new ByteWriter();

  constructor(schema: ValueStateSchema & { readonly type: TypeInfo<T> }, context: ColumnContext) {
    super(schema, context);
    this.schema = schema;
    this.serializer = serializerOf(schema.type);
  }

  get(namespace: TimeWindow | undefined): T | undefined {
    const value = this.context.store.get(this.prefix + namespaceBinary(namespace));
    return value === undefined ? undefined : this.serializer.read(new ByteReader(value));
  }

  put(namespace: TimeWindow | undefined, value: T): void {
    this.#put(this.prefix + namespaceBinary(namespace), value);
  }

  putFor(key: LsmKey, namespace: TimeWindow | undefined, value: T): void {
    this.isEmpty = false;
    this.#put(this.prefixOf(key) + namespaceBinary(namespace), value);
  }

  remove(namespace: TimeWindow | undefined): void {
    const key = this.prefix + namespaceBinary(namespace);
    if (this.context.store.get(key) !== undefined) this.context.store.set(key, undefined);
  }

  /** Puts everything into a table of another type. One of the same type is the same column: everything is there. */
  moveTo<U>(table: LsmTable<U>, convert: (value: T) => U): void {
    if (table.tag === this.tag) return;
    for (const { key, rest, entry } of [...this.entriesOfAll()]) {
      const value = convert(this.serializer.read(new ByteReader(entry.value)));
      table.putFor(this.context.keys.of(key), namespaceOfBinary(entry.key, rest), value);
      this.context.store.set(entry.key, undefined);
    }
  }

  #put(key: Binary, value: T): void {
    this.#writer.reset();
    this.serializer.write(value, this.#writer);
    this.context.store.set(key, this.#writer.take());
  }
}

export class LsmMapTable<K, V> extends Column implements KeyedMapTable<K, V> {
  readonly schema: MapStateSchema;
  readonly serializer: TypeSerializer<V>;
  readonly #keySerializer: TypeSerializer<K>;
  readonly #writer = new ByteWriter();

  constructor(
    schema: MapStateSchema & { readonly keyType: TypeInfo<K>; readonly type: TypeInfo<V> },
    context: ColumnContext,
  ) {
    super(schema, context);
    this.schema = schema;
    this.serializer = serializerOf(schema.type);
    this.#keySerializer = serializerOf(schema.keyType);
  }

  get(key: K): V | undefined {
    const value = this.context.store.get(this.#at(key));
    return value === undefined ? undefined : this.serializer.read(new ByteReader(value));
  }

  has(key: K): boolean {
    return this.context.store.get(this.#at(key)) !== undefined;
  }

  put(key: K, value: V): void {
    this.#put(this.#at(key), value);
  }

  putFor(owner: LsmKey, key: K, value: V): void {
    this.isEmpty = false;
    this.#put(this.prefixOf(owner) + this.#binaryOf(key), value);
  }

  remove(key: K): void {
    const at = this.#at(key);
    if (this.context.store.get(at) !== undefined) this.context.store.set(at, undefined);
  }

  entries(): readonly (readonly [K, V])[] {
    const { prefix } = this;
    const entries: (readonly [K, V])[] = [];
    for (const { key, value } of this.context.store.withPrefix(prefix)) {
      entries.push([this.#keyOf(key, prefix.length), this.serializer.read(new ByteReader(value))]);
    }
    return entries;
  }

  clear(): void {
    const { store } = this.context;
    for (const { key } of [...store.withPrefix(this.prefix)]) store.set(key, undefined);
  }

  /** The key of an entry; `at`: where it begins in the store's key. */
  mapKeyOf(binary: Binary, at: number): K {
    return this.#keyOf(binary, at);
  }

  /** See `LsmTable.moveTo`. */
  moveTo<L, U>(table: LsmMapTable<L, U>, convertKey: (key: K) => L, convert: (value: V) => U): void {
    if (table.tag === this.tag) return;
    for (const { key, rest, entry } of [...this.entriesOfAll()]) {
      const value = convert(this.serializer.read(new ByteReader(entry.value)));
      table.putFor(this.context.keys.of(key), convertKey(this.#keyOf(entry.key, rest)), value);
      this.context.store.set(entry.key, undefined);
    }
  }

  #at(key: K): Binary {
    return this.prefix + this.#binaryOf(key);
  }

  #binaryOf(key: K): Binary {
    this.#writer.reset();
    this.#keySerializer.write(key, this.#writer);
    return this.#writer.takeUnits();
  }

  #keyOf(binary: Binary, at: number): K {
    return this.#keySerializer.read(new ByteReader(bytesOfBinary(binary, at)));
  }

  #put(key: Binary, value: V): void {
    this.#writer.reset();
    this.serializer.write(value, this.#writer);
    this.context.store.set(key, this.#writer.take());
  }
}
