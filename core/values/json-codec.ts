/**
 * The codec of any JSON value: null, booleans, finite numbers, strings, arrays, plain objects. Slow, for convenience.
 *
 * Lossless where JSON text is not: -0 stays -0, lone surrogates survive, and an object keeps the order of its keys.
 * Refused: undefined (also as a property's value or a hole), NaN and infinities, functions, symbols, bigints, objects
 * of a class, and nesting deeper than 64 (which is also how a value that holds itself ends).
 */
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { Codec } from './codec.ts';
import { describe, Refused } from './refusal.ts';

const MAX_DEPTH = 64;

const TAG_NULL = 0;
const TAG_FALSE = 1;
const TAG_TRUE = 2;
const TAG_INTEGER = 3;
const TAG_NUMBER = 4;
const TAG_STRING = 5;
const TAG_ARRAY = 6;
const TAG_OBJECT = 7;

export const jsonCodec: Codec = {
  write: (value, out) => writeJson(value, out, 0),
  read: (input) => readJson(input, 0),
  admit: (value) => admitJson(value, 0),
  check: (value, path) => checkJson(value, path, 0),
};

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function writeJson(value: unknown, out: ByteWriter, depth: number): void {
  if (depth > MAX_DEPTH) throw new Refused();
  if (value === null) out.byte(TAG_NULL);
  else if (typeof value === 'boolean') out.byte(value ? TAG_TRUE : TAG_FALSE);
  else if (typeof value === 'number') writeNumber(value, out);
  else if (typeof value === 'string') {
    out.byte(TAG_STRING);
    out.string(value);
  } else if (isArray(value)) {
    out.byte(TAG_ARRAY);
    out.varint(value.length);
    for (let i = 0; i < value.length; i++) writeJson(value[i], out, depth + 1);
  } else if (isPlainObject(value)) {
    const entries = Object.entries(value);
    out.byte(TAG_OBJECT);
    out.varint(entries.length);
    for (const [name, property] of entries) {
      out.string(name);
      writeJson(property, out, depth + 1);
    }
  } else throw new Refused();
}

function writeNumber(value: number, out: ByteWriter): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    out.byte(TAG_INTEGER);
    out.zigzag(value);
  } else if (Number.isFinite(value)) {
    out.byte(TAG_NUMBER);
    out.float64(value);
  } else throw new Refused();
}

function readJson(input: ByteReader, depth: number): unknown {
  if (depth > MAX_DEPTH) throw input.malformed(`a json value nested deeper than ${MAX_DEPTH}`);
  const tag = input.byte();
  switch (tag) {
    case TAG_NULL:
      return null;
    case TAG_FALSE:
      return false;
    case TAG_TRUE:
      return true;
    case TAG_INTEGER:
      return input.zigzag();
    case TAG_NUMBER:
      return readFinite(input);
    case TAG_STRING:
      return input.string();
    case TAG_ARRAY:
      return Array.from({ length: countOf(input) }, () => readJson(input, depth + 1));
    case TAG_OBJECT:
      return readObject(input, depth);
    default:
      throw input.malformed(`${tag} is no json tag`);
  }
}

function readFinite(input: ByteReader): number {
  const value = input.float64();
  if (!Number.isFinite(value)) throw input.malformed(`${value} is no json value`);
  return value;
}

/** A count of things that take at least one byte each. */
function countOf(input: ByteReader): number {
  const count = input.varint();
  if (count > input.remaining) throw input.malformed(`a json value of ${count} parts in ${input.remaining} bytes`);
  return count;
}

function readObject(input: ByteReader, depth: number): unknown {
  const object = {};
  for (let left = countOf(input); left > 0; left--) {
    const name = input.string();
    const value = readJson(input, depth + 1);
    // Not an assignment: that would take "__proto__" for the prototype.
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return object;
}

function admitJson(value: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!admitJson(value[i], depth + 1)) return false;
  } else if (isPlainObject(value)) {
    for (const property of Object.values(value)) if (!admitJson(property, depth + 1)) return false;
  } else return false;
  Object.freeze(value);
  return true;
}

function checkJson(value: unknown, path: string, depth: number): string | undefined {
  const at = path === '' ? '' : `${path}: `;
  if (depth > MAX_DEPTH) return `${at}a json value nested deeper than ${MAX_DEPTH}, or one that holds itself`;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return undefined;
  if (isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const reason = checkJson(value[i], `${path}[${i}]`, depth + 1);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
  if (!isPlainObject(value)) return `${at}expected a JSON value, got ${describe(value)}`;
  for (const [name, property] of Object.entries(value)) {
    const reason = checkJson(property, path === '' ? name : `${path}.${name}`, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
