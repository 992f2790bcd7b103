/**
 * Where a key lives, first half: Java's `hashCode` of a value, and the murmur step that spreads it. Together with
 * `key-groups.ts` this places every key exactly where Apache Flink would (SEMANTICS K4, K5).
 *
 * The hash is compiled from the key's declared type, because the same JavaScript number is an `Integer`, a `Long` or a
 * `Double` in Java and hashes differently as each. `json` is left out: it names no Java type, and the order of an
 * object's keys would decide where it lives.
 */
import { JobError } from '../errors.ts';
import type { TypeInfo } from '../job/types.ts';

/** The hash of a key: an int32. Keys that are not of the type hash to anything; serializers are what refuses them. */
export type KeyHasher<K> = (key: K) => number;

/**
 * Compiles `hashCode` for a key type. Call it once per operator, not per record.
 *
 * @throws JobError if the type holds `json`, which cannot be a key.
 */
export function keyHasher<K>(type: TypeInfo<K>): KeyHasher<K> {
  return hasherOf(type);
}

type Hash = (value: unknown) => number;

function hasherOf(type: TypeInfo): Hash {
  switch (type.kind) {
    case 'boolean':
      return hashBoolean;
    case 'int32':
      return hashInt32;
    case 'int64':
      return hashInt64;
    case 'float64':
      return hashFloat64();
    case 'string':
    case 'enum':
      return hashString;
    case 'nullable': {
      const of = hasherOf(type.of);
      return (value) => (value === null ? 0 : of(value));
    }
    case 'list': {
      const of = hasherOf(type.of);
      return (value) => hashList(value, of);
    }
    case 'tuple': {
      const of = type.of.map(hasherOf);
      return (value) => hashTuple(value, of);
    }
    case 'record': {
      const names = type.fields.map((field) => field.name);
      const of = type.fields.map((field) => hasherOf(field.type));
      return (value) => hashRecord(value, names, of);
    }
    case 'bytes':
      throw new JobError(
        'bytes cannot be a key: an array has no hash of its content in Java; declare the key as a string',
      );
    case 'bigint':
    case 'union':
    case 'custom':
      throw new JobError(
        `a ${type.kind} value cannot be a key: its hash is not defined; declare the key as a string, a number, a tuple or a record`,
      );
    case 'json':
      throw new JobError(
        'a json value cannot be a key: its hash is not defined; declare the key as a string, a number, a tuple or a record',
      );
  }
}

function hashBoolean(value: unknown): number {
  return value === true ? 1231 : 1237;
}

function hashInt32(value: unknown): number {
  return typeof value === 'number' ? value | 0 : 0;
}

/** `(int)(value ^ (value >>> 32))` of the two's complement: -1 -> 0. */
function hashInt64(value: unknown): number {
  if (typeof value !== 'number') return 0;
  const high = Math.floor(value / 2 ** 32);
  const low = value - high * 2 ** 32;
  return high ^ low;
}

/** Hashes the IEEE bits, with the one canonical NaN; 0 and -0 are two keys, as for Java's `Double`. */
function hashFloat64(): Hash {
  const bits = new DataView(new ArrayBuffer(8));
  return (value) => {
    if (typeof value !== 'number') return 0;
    if (Number.isNaN(value)) return 0x7ff80000;
    bits.setFloat64(0, value);
    return bits.getInt32(0) ^ bits.getInt32(4);
  };
}

function hashString(value: unknown): number {
  if (typeof value !== 'string') return 0;
  let hash = 0;
  for (let i = 0; i < value.length; i++) hash = (Math.imul(31, hash) + value.charCodeAt(i)) | 0;
  return hash;
}

/** Java's `List.hashCode`: from 1. */
function hashList(value: unknown, of: Hash): number {
  if (!Array.isArray(value)) return 0;
  let hash = 1;
  for (const element of value) hash = (Math.imul(31, hash) + of(element)) | 0;
  return hash;
}

/** Flink's `TupleN.hashCode`: from the hash of the first field. */
function hashTuple(value: unknown, of: readonly Hash[]): number {
  if (!Array.isArray(value)) return 0;
  let hash = 0;
  let i = 0;
  for (const hashOf of of) {
    const element = hashOf(value[i]);
    hash = i === 0 ? element : (Math.imul(31, hash) + element) | 0;
    i++;
  }
  return hash;
}

/** A record hashes as the tuple of its fields, in declared order. */
function hashRecord(value: unknown, names: readonly string[], of: readonly Hash[]): number {
  if (!isRecord(value)) return 0;
  return hashTuple(
    names.map((name) => value[name]),
    of,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * Flink's `MathUtils.murmurHash` of an int32: a whole number in [0, 2^31).
 *
 * Vectors: 0 -> 593689054, 1 -> 68075478, -1 -> 1982413648, hash("a") = 97 -> 1455541201.
 */
export function murmur(hash: number): number {
  let code = Math.imul(hash, 0xcc9e2d51);
  code = (code << 15) | (code >>> 17);
  code = Math.imul(code, 0x1b873593);
  code = (code << 13) | (code >>> 19);
  code = (Math.imul(code, 5) + 0xe6546b64) ^ 4;
  code ^= code >>> 16;
  code = Math.imul(code, 0x85ebca6b);
  code ^= code >>> 13;
  code = Math.imul(code, 0xc2b2ae35);
  code ^= code >>> 16;
  if (code >= 0) return code;
  return code === -(2 ** 31) ? 0 : -code;
}
