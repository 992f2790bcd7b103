/**
 * Where a key lives: Java's hash of the key, Flink's murmur step, key group, owning subtask (SEMANTICS K1 to K5).
 *
 * What SEMANTICS leaves open: a `record` hashes like a tuple of its fields, which is what OpenJDK does for a Java
 * record; `json` names no Java type and is no key.
 */
import type { TypeInfo } from '../../core/job/types.ts';
import { fieldsOf, itemsOf } from './shape.ts';

const LARGEST_MAX_PARALLELISM = 32_768;
const SMALLEST_DEFAULT_MAX_PARALLELISM = 128;

/** `java.lang.Object.hashCode` of the value that the description and the value stand for, as an int32. */
export function javaHash(type: TypeInfo, value: unknown): number {
  switch (type.kind) {
    case 'boolean':
      return value === true ? 1231 : 1237;
    case 'int32':
      return Number(value) | 0;
    case 'int64':
      return hashOfLong(Number(value));
    case 'float64':
      return hashOfDouble(Number(value));
    case 'string':
    case 'enum':
      return hashOfString(String(value));
    case 'bytes':
      throw new Error('bytes have no hash and cannot be a key');
    case 'bigint':
    case 'union':
    case 'custom':
      throw new Error(`a ${type.kind} value has no hash and cannot be a key`);
    case 'json':
      throw new Error('a json value names no Java type, so it has no hash and cannot be a key');
    case 'nullable':
      return value === null ? 0 : javaHash(type.of, value);
    case 'list': {
      let hash = 1;
      for (const item of itemsOf(value)) hash = (Math.imul(31, hash) + javaHash(type.of, item)) | 0;
      return hash;
    }
    case 'tuple': {
      const items = itemsOf(value);
      let hash = 0; // 31 * 0 + hash(first) is hash(first), with which tuples begin
      for (const [i, item] of type.of.entries()) hash = (Math.imul(31, hash) + javaHash(item, items[i])) | 0;
      return hash;
    }
    case 'record': {
      const fields = fieldsOf(value);
      let hash = 0;
      for (const field of type.fields) hash = (Math.imul(31, hash) + javaHash(field.type, fields[field.name])) | 0;
      return hash;
    }
  }
}

function hashOfString(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}

/** The low half and the high half of the two's complement, xored. */
function hashOfLong(value: number): number {
  const high = Math.floor(value / 4_294_967_296);
  const low = value - high * 4_294_967_296;
  return (low | 0) ^ (high | 0);
}

function hashOfDouble(value: number): number {
  if (Number.isNaN(value)) return 0x7ff80000; // Java has one NaN
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  return bits.getInt32(0) ^ bits.getInt32(4);
}

/** Flink's `MathUtils.murmurHash` of one int32; never negative. */
export function murmur(code: number): number {
  let c = Math.imul(code, 0xcc9e2d51);
  c = (c << 15) | (c >>> 17);
  c = Math.imul(c, 0x1b873593);
  c = (c << 13) | (c >>> 19);
  c = (Math.imul(c, 5) + 0xe6546b64) | 0;
  c ^= 4;
  c ^= c >>> 16;
  c = Math.imul(c, 0x85ebca6b);
  c ^= c >>> 13;
  c = Math.imul(c, 0xc2b2ae35);
  c ^= c >>> 16;
  if (c >= 0) return c;
  return c === -2_147_483_648 ? 0 : -c;
}

/** In [0, maxParallelism). */
export function keyGroupOf(type: TypeInfo, key: unknown, maxParallelism: number): number {
  return murmur(javaHash(type, key)) % maxParallelism;
}

/** The subtask that owns a key group. */
export function ownerOf(keyGroup: number, parallelism: number, maxParallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism);
}

/** What an operator gets that declares no max parallelism. */
export function defaultMaxParallelism(parallelism: number): number {
  const wanted = parallelism + Math.floor(parallelism / 2);
  let power = SMALLEST_DEFAULT_MAX_PARALLELISM;
  while (power < wanted && power < LARGEST_MAX_PARALLELISM) power *= 2;
  return power;
}
