/**
 * The canonical format of keyed state, which every backend of ours writes and restores: one object, and one handle that finds
 * its parts. A header says which states there are and of which types; beside it there is one byte string for each key group,
 * which holds content only: equal content gives equal bytes, for any order in which states were registered or entries were
 * written.
 *
 *     header      version, key type, states by name: kind, name, [map key type,] value type. A name comes once for each type
 *                 in which there are values: a state that no version of the job has asked for since keeps what it had
 *     key group   floor; for each state that has entries:            1, its place in the header, n,
 *                                 n times, by key:                   key, m,
 *                                 value state: m times, by namespace: namespace, value
 *                                 map state:   m times, by map key:   map key, value
 *                 0; event timers; processing timers: n, n times:    timestamp, key, namespace
 *     namespace   0, or 1, start, end
 *
 *     handle      objects: one; own: offset and length of the header, then for each run of key groups
 *                 first, last, offset, length. A run of more than one group holds nothing
 *
 * Order of keys, everywhere, is that of their serialized bytes. Left out: compression and checksums (the object that
 * holds the byte strings has one), and reading older versions. `heap/heap-inspect.ts` reads the same with code of its own.
 */
import type { TimeWindow, Timestamp } from '../job/functions.ts';
import type { TypeInfo } from '../job/types.ts';
import { assert, IoError } from '../errors.ts';
import { ByteReader, bytesOf, type ByteWriter } from '../values/bytes.ts';
import { compareBytes, readType, serializerOf, writeType } from '../values/serializers.ts';
import type { TypeSerializer } from '../values/serializers.ts';
import type { KeyGroupRange } from '../graph/key-groups.ts';
import type { StateSlice } from './backend.ts';
import type { KeyedHandle } from './handles.ts';

const FORMAT_VERSION = 2;

export type TimerDomain = 'event' | 'processing';
/** In the order of the bytes. */
export const TIMER_DOMAINS: readonly TimerDomain[] = ['event', 'processing'];

/** A state as the header names it. A list state is a value state whose type is a list. */
export type StateSchema = ValueStateSchema | MapStateSchema;
export interface ValueStateSchema {
  readonly kind: 'value';
  readonly name: string;
  readonly type: TypeInfo;
}
export interface MapStateSchema {
  readonly kind: 'map';
  readonly name: string;
  readonly keyType: TypeInfo;
  readonly type: TypeInfo;
}

export interface SnapshotHeader {
  readonly keyType: TypeInfo;
  /** By name, then by the bytes of their types. */
  readonly states: readonly StateSchema[];
}

/** Is shown what a key group holds, in the order of the bytes. */
export interface GroupVisitor {
  value(state: ValueStateSchema, key: unknown, namespace: TimeWindow | undefined, value: unknown): void;
  map(state: MapStateSchema, key: unknown, entries: readonly (readonly [unknown, unknown])[]): void;
  timer(domain: TimerDomain, timestamp: Timestamp, key: unknown, namespace: TimeWindow | undefined): void;
}

/** By name, then by the bytes of their types. */
export function compareSchemas(a: StateSchema, b: StateSchema): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareBytes(schemaBytes(a), schemaBytes(b));
}

function schemaBytes(state: StateSchema): Uint8Array {
  return bytesOf((out) => {
    writeStateSchema(state, out);
  });
}

// ---- header

export function writeHeader(header: SnapshotHeader): Uint8Array {
  return bytesOf((out) => {
    out.byte(FORMAT_VERSION);
    writeType(header.keyType, out);
    out.varint(header.states.length);
    for (const state of header.states) writeStateSchema(state, out);
  });
}

function writeStateSchema(state: StateSchema, out: ByteWriter): void {
  out.bool(state.kind === 'map');
  out.string(state.name);
  if (state.kind === 'map') writeType(state.keyType, out);
  writeType(state.type, out);
}

/** Throws `IoError` if the bytes are damaged or of another version. */
export function readHeader(bytes: Uint8Array): SnapshotHeader {
  const input = new ByteReader(bytes);
  const version = input.byte();
  if (version !== FORMAT_VERSION) {
    throw new IoError(`keyed state has format version ${version}; this engine reads version ${FORMAT_VERSION}`);
  }
  const keyType = readType(input);
  const states = Array.from({ length: input.varint() }, () => readStateSchema(input));
  input.expectEnd();
  return { keyType, states };
}

function readStateSchema(input: ByteReader): StateSchema {
  const isMap = input.bool();
  const name = input.string();
  if (isMap) return { kind: 'map', name, keyType: readType(input), type: readType(input) };
  return { kind: 'value', name, type: readType(input) };
}

// ---- namespaces

export function writeNamespace(namespace: TimeWindow | undefined, out: ByteWriter): void {
  out.bool(namespace !== undefined);
  if (namespace === undefined) return;
  out.zigzag(namespace.start);
  out.zigzag(namespace.end);
}

function readNamespace(input: ByteReader): TimeWindow | undefined {
  return input.bool() ? { start: input.zigzag(), end: input.zigzag() } : undefined;
}

export function sameNamespace(a: TimeWindow | undefined, b: TimeWindow | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.start === b.start && a.end === b.end;
}

/** No namespace first, then by start, then by end. */
export function compareNamespaces(a: TimeWindow | undefined, b: TimeWindow | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return a.start - b.start || a.end - b.end;
}

// ---- handles

/** Key groups with the same bytes. */
export interface GroupRun {
  readonly first: number;
  readonly last: number;
  readonly slice: StateSlice;
}

/** All slices are parts of one object. */
export function writeHandle({ start, end }: KeyGroupRange, header: StateSlice, runs: readonly GroupRun[]): KeyedHandle {
  const own = [header.offset, header.length];
  for (const { first, last, slice } of runs) {
    assert(slice.object === header.object, () => `${slice.object} beside ${header.object}`);
    own.push(first, last, slice.offset, slice.length);
  }
  return { first: start, last: end, objects: [header.object], own };
}

/** The same of runs in one slice, four numbers each: first, last, where its bytes begin in the slice, and their length. */
export function writeHandleOf(
  { start, end }: KeyGroupRange,
  header: StateSlice,
  groups: StateSlice,
  runs: readonly number[],
): KeyedHandle {
  assert(groups.object === header.object, () => `${groups.object} beside ${header.object}`);
  const own = [header.offset, header.length];
  for (let i = 0; i + 3 < runs.length; i += 4) {
    own.push(runs[i] ?? 0, runs[i + 1] ?? 0, groups.offset + (runs[i + 2] ?? 0), runs[i + 3] ?? 0);
  }
  return { first: start, last: end, objects: [header.object], own };
}

/** Throws `IoError` if the handle is damaged. */
export function readHandle({ objects, own }: KeyedHandle): {
  readonly object: string;
  readonly header: StateSlice;
  readonly runs: readonly GroupRun[];
} {
  const [object] = objects;
  if (object === undefined || own.length % 4 !== 2) throw new IoError('a handle of keyed state is damaged');
  const at = (index: number): number => own[index] ?? 0;
  const slice = (index: number): StateSlice => ({ object, offset: at(index), length: at(index + 1) });
  const runs: GroupRun[] = [];
  for (let i = 2; i < own.length; i += 4) runs.push({ first: at(i), last: at(i + 1), slice: slice(i + 2) });
  return { object, header: slice(0), runs };
}

// ---- reading key groups

/** Reads the key groups of one snapshot; serializers are compiled once. */
export class KeyGroupReader {
  readonly header: SnapshotHeader;
  readonly #key: TypeSerializer<unknown>;
  readonly #states: readonly StateReader[];

  constructor(header: SnapshotHeader) {
    this.header = header;
    this.#key = serializerOf(header.keyType);
    this.#states = header.states.map(stateReader);
  }

  /** Shows everything in the group to the visitor and returns the floor. Throws `IoError` if the bytes are damaged. */
  read(bytes: Uint8Array, visitor: GroupVisitor): Timestamp {
    const input = new ByteReader(bytes);
    const floor = input.zigzag();
    while (input.bool()) this.#readState(input, visitor);
    for (const domain of TIMER_DOMAINS) {
      for (let left = input.varint(); left > 0; left--) {
        const timestamp = input.zigzag();
        const key = this.#key.read(input);
        visitor.timer(domain, timestamp, key, readNamespace(input));
      }
    }
    input.expectEnd();
    return floor;
  }

  #readState(input: ByteReader, visitor: GroupVisitor): void {
    const index = input.varint();
    const state = this.#states[index];
    if (state === undefined) throw input.malformed(`state ${index} is not in the header`);
    for (let left = input.varint(); left > 0; left--) state(input, this.#key.read(input), visitor);
  }
}

/** Reads what a state holds for one key. */
type StateReader = (input: ByteReader, key: unknown, visitor: GroupVisitor) => void;

function stateReader(schema: StateSchema): StateReader {
  return schema.kind === 'value' ? valueReader(schema) : mapReader(schema);
}

function valueReader(schema: ValueStateSchema): StateReader {
  const serializer = serializerOf(schema.type);
  return (input, key, visitor) => {
    for (let left = input.varint(); left > 0; left--) {
      const namespace = readNamespace(input);
      visitor.value(schema, key, namespace, serializer.read(input));
    }
  };
}

function mapReader(schema: MapStateSchema): StateReader {
  const keySerializer = serializerOf(schema.keyType);
  const serializer = serializerOf(schema.type);
  return (input, key, visitor) => {
    const entries: (readonly [unknown, unknown])[] = [];
    for (let left = input.varint(); left > 0; left--) entries.push([keySerializer.read(input), serializer.read(input)]);
    visitor.map(schema, key, entries);
  };
}
