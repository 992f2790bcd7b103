/**
 * The two kinds of state of the heap backend: a value per key and namespace, a map per key. Slots are copied on write
 * (heap-slots.ts); values are immutable and shared with snapshots. A key without entries has no slot, so that the bytes
 * are a function of the content.
 */
import type { TimeWindow } from '../../job/functions.ts';
import type { TypeInfo } from '../../job/types.ts';
import type { KeyedMapTable, KeyedTable, Sieve } from '../backend.ts';
import { ByteWriter } from '../../values/bytes.ts';
import type { HeapKey, HeapKeys, KeyIndex } from './heap-keys.ts';
import { type FrozenGroups, sieved, SlotGroups, writeSlots } from './heap-slots.ts';
import type { Slot } from './heap-slots.ts';
import { compareBytes, keyIndexer, serializerOf } from '../../values/serializers.ts';
import type { KeyIndexer, TypeSerializer } from '../../values/serializers.ts';
import { compareNamespaces, sameNamespace, writeNamespace } from '../snapshot-format.ts';
import type { MapStateSchema, StateSchema, ValueStateSchema } from '../snapshot-format.ts';

/** A state as a snapshot holds it. */
export interface FrozenState {
  readonly schema: StateSchema;
  isEmpty(at: number): boolean;
  /** The state's part of a key group's bytes. `index`: of the state in the header. */
  write(at: number, index: number, out: ByteWriter): void;
}

// ---- value states

/** Immutable: a snapshot may share it. */
interface Cell<T> {
  readonly namespace: TimeWindow | undefined;
  readonly value: T;
}
/** Cells in order of namespace, never empty. */
interface CellSlot<T> extends Slot {
  readonly cells: Cell<T>[];
}

export class HeapTable<T> implements KeyedTable<T> {
  schema: ValueStateSchema;
  readonly #keys: HeapKeys;
  readonly #groups: SlotGroups<CellSlot<T>>;

  constructor(keys: HeapKeys, keyGroups: number, name: string, type: TypeInfo<T>) {
    this.schema = { kind: 'value', name, type };
    this.#keys = keys;
    this.#groups = new SlotGroups(keyGroups, {
      copy: ({ key, cells }, epoch) => ({ key, epoch, cells: cells.slice() }),
    });
  }

  get(namespace: TimeWindow | undefined): T | undefined {
    const slot = this.#groups.find(this.#keys.current);
    if (slot === undefined) return undefined;
    for (const cell of slot.cells) if (sameNamespace(cell.namespace, namespace)) return cell.value;
    return undefined;
  }

  put(namespace: TimeWindow | undefined, value: T): void {
    this.putFor(this.#keys.current, namespace, value);
  }

  putFor(key: HeapKey, namespace: TimeWindow | undefined, value: T): void {
    const slot = this.#groups.writable(key);
    if (slot === undefined) {
      this.#groups.add({ key, epoch: this.#groups.epoch, cells: [{ namespace, value }] });
      return;
    }
    const { cells } = slot;
    let at = 0;
    let order = -1;
    for (; at < cells.length; at++) {
      const cell = cells[at];
      order = cell === undefined ? 1 : compareNamespaces(cell.namespace, namespace);
      if (order >= 0) break;
    }
    cells.splice(at, order === 0 ? 1 : 0, { namespace, value });
  }

  remove(namespace: TimeWindow | undefined): void {
    const key = this.#keys.current;
    if (this.get(namespace) === undefined) return;
    const cells = this.#groups.writable(key)?.cells;
    if (cells === undefined) return;
    cells.splice(
      cells.findIndex((cell) => sameNamespace(cell.namespace, namespace)),
      1,
    );
    if (cells.length === 0) this.#groups.delete(key);
  }

  forgetKey(): void {
    this.#groups.delete(this.#keys.current);
  }

  /** Of all groups, in order. */
  keys(): readonly HeapKey[] {
    return this.#groups.keys();
  }

  adopt(schema: ValueStateSchema): void {
    this.schema = schema;
  }

  /** Puts everything into a table of another type. */
  moveTo<U>(table: HeapTable<U>, convert: (value: T) => U): void {
    for (const { key, cells } of this.#groups.slots()) {
      for (const { namespace, value } of cells) table.putFor(key, namespace, convert(value));
    }
  }

  get isEmpty(): boolean {
    return this.#groups.isEmpty;
  }

  someKeys(count: number): readonly HeapKey[] {
    return this.#groups.some(this.#keys.current.at, count);
  }

  /** `sieve`: what is kept of a value. */
  freeze(sieve?: Sieve): FrozenState {
    const frozen: FrozenGroups<CellSlot<unknown>> = this.#groups.freeze();
    const groups = sieve === undefined ? frozen : sieved(frozen, (slot) => keptCells(slot, sieve));
    const { schema } = this;
    const serializer = serializerOf(schema.type);
    const writeSlot = ({ cells }: CellSlot<unknown>, out: ByteWriter): void => {
      out.varint(cells.length);
      for (const { namespace, value } of cells) {
        writeNamespace(namespace, out);
        serializer.write(value, out);
      }
    };
    return {
      schema,
      isEmpty: (at) => (groups.at(at)?.slots.size ?? 0) === 0,
      write: (at, index, out) => {
        writeSlots(groups, at, index, out, writeSlot);
      },
    };
  }
}

/** Undefined: nothing is left. */
function keptCells({ key, epoch, cells }: CellSlot<unknown>, sieve: Sieve): CellSlot<unknown> | undefined {
  const kept = cells
    .map(({ namespace, value }) => ({ namespace, value: sieve(value) }))
    .filter(({ value }) => value !== undefined);
  return kept.length === 0 ? undefined : { key, epoch, cells: kept };
}

// ---- map states

/** Immutable: a snapshot may share it. `bytes`: of the key. */
interface MapCell<K, V> {
  readonly key: K;
  readonly bytes: Uint8Array;
  readonly value: V;
}
/** Never empty. */
interface MapSlot<K, V> extends Slot {
  readonly cells: Map<KeyIndex, MapCell<K, V>>;
  /** In order of the serialized keys, until the next write. */
  sorted: readonly MapCell<K, V>[] | undefined;
}

export class HeapMapTable<K, V> implements KeyedMapTable<K, V> {
  schema: MapStateSchema;
  readonly #keys: HeapKeys;
  readonly #groups: SlotGroups<MapSlot<K, V>>;
  #indexer: KeyIndexer<unknown>;
  #keySerializer: TypeSerializer<unknown>;
  #serializer: TypeSerializer<unknown>;
  readonly #keyWriter = new ByteWriter();

  constructor(keys: HeapKeys, keyGroups: number, name: string, keyType: TypeInfo<K>, type: TypeInfo<V>) {
    this.schema = { kind: 'map', name, keyType, type };
    this.#keys = keys;
    this.#groups = new SlotGroups(keyGroups, {
      copy: ({ key, cells, sorted }, epoch) => ({ key, epoch, cells: new Map(cells), sorted }),
    });
    this.#indexer = keyIndexer<unknown>(keyType);
    this.#keySerializer = serializerOf(keyType);
    this.#serializer = serializerOf(type);
  }

  get(key: K): V | undefined {
    return this.#groups.find(this.#keys.current)?.cells.get(this.#indexer(key))?.value;
  }

  has(key: K): boolean {
    return this.#groups.find(this.#keys.current)?.cells.has(this.#indexer(key)) ?? false;
  }

  put(key: K, value: V): void {
    this.putFor(this.#keys.current, key, value);
  }

  putFor(owner: HeapKey, key: K, value: V): void {
    let slot = this.#groups.writable(owner);
    if (slot === undefined) {
      slot = { key: owner, epoch: this.#groups.epoch, cells: new Map(), sorted: undefined };
      this.#groups.add(slot);
    }
    const index = this.#indexer(key);
    const before = slot.cells.get(index);
    const bytes = before?.bytes ?? this.#serialize(key);
    slot.cells.set(index, { key: before?.key ?? key, bytes, value });
    slot.sorted = undefined;
  }

  remove(key: K): void {
    if (!this.has(key)) return;
    const slot = this.#groups.writable(this.#keys.current);
    if (slot === undefined) return;
    slot.cells.delete(this.#indexer(key));
    slot.sorted = undefined;
    if (slot.cells.size === 0) this.#groups.delete(slot.key);
  }

  entries(): readonly (readonly [K, V])[] {
    const slot = this.#groups.find(this.#keys.current);
    return slot === undefined ? [] : sortedCells(slot).map(({ key, value }) => [key, value] as const);
  }

  clear(): void {
    this.#groups.delete(this.#keys.current);
  }

  forgetKey(): void {
    this.clear();
  }

  /** Of all groups, in order. */
  keys(): readonly HeapKey[] {
    return this.#groups.keys();
  }

  adopt(schema: MapStateSchema): void {
    this.schema = schema;
    this.#indexer = keyIndexer<unknown>(schema.keyType);
    this.#keySerializer = serializerOf(schema.keyType);
    this.#serializer = serializerOf(schema.type);
  }

  /** Puts everything into a table of other types. */
  moveTo<L, U>(table: HeapMapTable<L, U>, convertKey: (key: K) => L, convert: (value: V) => U): void {
    for (const { key: owner, cells } of this.#groups.slots()) {
      for (const { key, value } of cells.values()) table.putFor(owner, convertKey(key), convert(value));
    }
  }

  get isEmpty(): boolean {
    return this.#groups.isEmpty;
  }

  someKeys(count: number): readonly HeapKey[] {
    return this.#groups.some(this.#keys.current.at, count);
  }

  /** `sieve`: what is kept of a value. */
  freeze(sieve?: Sieve): FrozenState {
    const frozen = this.#groups.freeze();
    const groups = sieve === undefined ? frozen : sieved(frozen, (slot) => keptEntries(slot, sieve));
    const { schema } = this;
    const serializer = this.#serializer;
    const writeSlot = (slot: MapSlot<K, V>, out: ByteWriter): void => {
      out.varint(slot.cells.size);
      for (const { bytes, value } of sortedCells(slot)) {
        out.raw(bytes);
        serializer.write(value, out);
      }
    };
    return {
      schema,
      isEmpty: (at) => (groups.at(at)?.slots.size ?? 0) === 0,
      write: (at, index, out) => {
        writeSlots(groups, at, index, out, writeSlot);
      },
    };
  }

  #serialize(key: K): Uint8Array {
    this.#keyWriter.reset();
    this.#keySerializer.write(key, this.#keyWriter);
    return this.#keyWriter.take();
  }
}

/** Undefined: nothing is left. */
function keptEntries<K, V>({ key, epoch, cells }: MapSlot<K, V>, sieve: Sieve): MapSlot<K, V> | undefined {
  const kept = new Map([...cells].filter(([, { value }]) => sieve(value) !== undefined));
  return kept.size === 0 ? undefined : { key, epoch, cells: kept, sorted: undefined };
}

function sortedCells<K, V>(slot: MapSlot<K, V>): readonly MapCell<K, V>[] {
  slot.sorted ??= [...slot.cells.values()].sort((a, b) => compareBytes(a.bytes, b.bytes));
  return slot.sorted;
}
