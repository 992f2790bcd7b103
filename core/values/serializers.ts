/**
 * Typed values <-> bytes: the serializer of a type, its values as keys of a `Map`, and the type itself as bytes (so
 * that the header of a snapshot can hold it). How each kind looks in bytes is `compile.ts`'s business. Bytes are read
 * with the type that they were written with; what another version of the job makes of the values is `evolution.ts`'s.
 */
import { JobError } from '../errors.ts';
import type { TypeInfo } from '../job/types.ts';
import { ByteReader, bytesOf, ByteWriter, compareBytes } from './bytes.ts';
import type { Codec } from './codec.ts';
import { codecOf, MAX_TYPE_DEPTH } from './compile.ts';
import { Refused } from './refusal.ts';

export { compareBytes };

export interface TypeSerializer<T> {
  readonly type: TypeInfo<T>;
  /**
   * Appends the value. If it is not of the type, `out` is as it was before.
   *
   * @throws JobError that names the field and says what was expected.
   */
  write(value: T, out: ByteWriter): void;
  /** A fresh value; records have their fields in declared order. @throws IoError if the bytes are not of the type. */
  read(input: ByteReader): T;
  /** Where and why a value is not of the type ("price: expected a whole number in [-2^31, 2^31), got 3.5"); undefined if it is. */
  validate(value: unknown): string | undefined;
}

/** Made once per description. */
const serializers = new WeakMap<TypeInfo, TypeSerializer<unknown>>();

/**
 * Compiles the serializer of a type. It holds no state: share it as you like.
 *
 * @throws JobError if the description itself is wrong (two fields of one name).
 */
export function serializerOf<T>(type: TypeInfo<T>): TypeSerializer<T>;
export function serializerOf(type: TypeInfo): TypeSerializer<unknown> {
  let serializer = serializers.get(type);
  if (serializer === undefined) {
    const codec = codecOf(type);
    serializer = {
      type,
      write: (value, out) => {
        writeChecked(codec, type, value, out);
      },
      read: codec.read,
      validate: (value) => codec.check(value, ''),
    };
    serializers.set(type, serializer);
  }
  return serializer;
}

function writeChecked(codec: Codec, type: TypeInfo, value: unknown, out: ByteWriter): void {
  const before = out.length;
  try {
    codec.write(value, out);
  } catch (error) {
    out.truncate(before);
    if (!(error instanceof Refused)) throw error;
    throw new JobError(
      `a value is not of its declared type (${type.kind}): ${codec.check(value, '') ?? 'it changed while it was written'}`,
    );
  }
}

/** @throws JobError as `TypeSerializer.write`. */
export function toBytes<T>(type: TypeInfo<T>, value: T): Uint8Array {
  return bytesOf((out) => {
    serializerOf(type).write(value, out);
  });
}

/** @throws IoError if the bytes are not exactly one value of the type. */
export function fromBytes<T>(type: TypeInfo<T>, bytes: Uint8Array): T {
  const input = new ByteReader(bytes);
  const value = serializerOf(type).read(input);
  input.expectEnd();
  return value;
}

/** Whether the descriptions are equal, and so the bytes of their values. */
export function sameType(a: TypeInfo, b: TypeInfo): boolean {
  return a === b || compareBytes(typeBytes(a), typeBytes(b)) === 0;
}

const bytesOfTypes = new WeakMap<TypeInfo, Uint8Array>();

function typeBytes(type: TypeInfo): Uint8Array {
  let bytes = bytesOfTypes.get(type);
  if (bytes === undefined) {
    bytes = bytesOf((out) => {
      writeType(type, out);
    });
    bytesOfTypes.set(type, bytes);
  }
  return bytes;
}

// ---- keys of a Map

/** Injective on the values of the type: equal values have one index, different ones different indexes (by `===`). */
export type KeyIndexer<K> = (key: K) => string | number;

/**
 * What to index a JavaScript `Map` by in place of a key: primitives by themselves, everything else by its bytes. The
 * index throws a JobError for a key that is not of the type (a `keyBy` function that returned undefined).
 */
export function keyIndexer<K>(type: TypeInfo<K>): KeyIndexer<K> {
  return indexerOf(type);
}

type Indexer = (value: unknown) => string | number;

function indexerOf(type: TypeInfo): Indexer {
  const codec = codecOf(type);
  switch (type.kind) {
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? Number(value) : refuseKey(codec, value));
    case 'int32':
    case 'int64':
      return (value) =>
        typeof value === 'number' && Number.isSafeInteger(value) ? indexOfWhole(value) : refuseKey(codec, value);
    case 'float64':
      return (value) => (typeof value === 'number' ? indexOfFloat(value) : refuseKey(codec, value));
    case 'string':
      return (value) => (typeof value === 'string' ? value : refuseKey(codec, value));
    case 'enum':
      return (value) => (typeof value === 'string' && codec.admit(value) ? value : refuseKey(codec, value));
    case 'nullable': {
      const of = indexerOf(type.of);
      // Indexes of a number type are numbers (and the strings of `indexOfFloat`), all others are strings.
      const forNull = isIndexedByNumber(type.of) ? 'null' : 0;
      return (value) => (value === null ? forNull : of(value));
    }
    case 'bigint':
    case 'bytes':
    case 'json':
    case 'list':
    case 'tuple':
    case 'record':
    case 'union':
    case 'custom':
      return bytesIndexer(type);
  }
}

function refuseKey(codec: Codec, key: unknown): never {
  throw new JobError(`a key is not of its declared type: ${codec.check(key, '') ?? 'it changed while it was read'}`);
}

/** -0 and 0 would be one key of a Map and of Java, yet two values of the job. */
function indexOfWhole(value: number): number {
  if (Object.is(value, -0)) throw new JobError('a key is -0 (as -3 % 3 is), which would not be the key 0; add 0 to it');
  return value;
}

/** A Map takes 0 and -0 for one key, and NaN is not equal to itself. */
function indexOfFloat(value: number): string | number {
  if (Number.isNaN(value)) return 'NaN';
  return Object.is(value, -0) ? '-0' : value;
}

function isIndexedByNumber(type: TypeInfo): boolean {
  if (type.kind === 'nullable') return isIndexedByNumber(type.of);
  return type.kind === 'boolean' || type.kind === 'int32' || type.kind === 'int64' || type.kind === 'float64';
}

/** One UTF-16 unit a byte. */
function bytesIndexer(type: TypeInfo): Indexer {
  const serializer = serializerOf(type);
  const out = new ByteWriter();
  return (value) => {
    serializer.write(value, out);
    return out.takeUnits();
  };
}

// ---- types as bytes

const KINDS = [
  'boolean',
  'int32',
  'int64',
  'float64',
  'string',
  'json',
  'nullable',
  'list',
  'tuple',
  'record',
  'bytes',
  'enum',
  'union',
  'custom',
  'bigint',
] as const;

/** Writes the description itself, without defaults and code. `readType` gives an equal one back. */
export function writeType(type: TypeInfo, out: ByteWriter): void {
  out.byte(KINDS.indexOf(type.kind));
  switch (type.kind) {
    case 'nullable':
    case 'list':
      writeType(type.of, out);
      return;
    case 'tuple':
      out.varint(type.of.length);
      for (const of of type.of) writeType(of, out);
      return;
    case 'record':
      out.varint(type.fields.length);
      for (const field of type.fields) {
        out.string(field.name);
        writeType(field.type, out);
      }
      return;
    case 'enum':
      out.varint(type.members.length);
      for (const member of type.members) out.string(member);
      return;
    case 'union':
      out.varint(type.cases.length);
      for (const one of type.cases) {
        out.string(one.tag);
        writeType(one.type, out);
      }
      return;
    case 'custom':
      out.string(type.name);
      out.varint(type.version);
      return;
    case 'boolean':
    case 'int32':
    case 'int64':
    case 'float64':
    case 'bigint':
    case 'string':
    case 'bytes':
    case 'json':
      return;
  }
}

/** @throws IoError if the bytes are no type, or one nested deeper than 32. */
export function readType(input: ByteReader): TypeInfo {
  return readTypeAt(input, 0);
}

function readTypeAt(input: ByteReader, depth: number): TypeInfo {
  if (depth > MAX_TYPE_DEPTH) throw input.malformed(`a type nested deeper than ${MAX_TYPE_DEPTH}`);
  const tag = input.byte();
  const kind = KINDS[tag];
  if (kind === undefined) throw input.malformed(`${tag} is no kind of type`);
  switch (kind) {
    case 'nullable':
    case 'list':
      return { kind, of: readTypeAt(input, depth + 1) };
    case 'tuple':
      return { kind, of: readParts(input, () => readTypeAt(input, depth + 1)) };
    case 'record':
      return { kind, fields: readParts(input, () => ({ name: input.string(), type: readTypeAt(input, depth + 1) })) };
    case 'enum':
      return { kind, members: readParts(input, () => input.string()) };
    case 'union':
      return { kind, cases: readParts(input, () => ({ tag: input.string(), type: readTypeAt(input, depth + 1) })) };
    case 'custom':
      return { kind, name: input.string(), version: input.varint() };
    case 'boolean':
    case 'int32':
    case 'int64':
    case 'float64':
    case 'bigint':
    case 'string':
    case 'bytes':
    case 'json':
      return { kind };
  }
}

function readParts<T>(input: ByteReader, read: () => T): readonly T[] {
  const count = input.varint();
  if (count > input.remaining) throw input.malformed(`a type of ${count} parts in ${input.remaining} bytes`);
  return Array.from({ length: count }, read);
}
