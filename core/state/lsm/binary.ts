/**
 * Keys of the store: bytes as strings, one UTF-16 unit a byte, so that `<` is unsigned bytewise order and a `Map` takes them.
 * Here is also how a key is put together so that this order is the one that is wanted:
 *
 *     state     key group (2), 2, name, hash of its types (4), key, namespace or map key
 *     timer     key group (2), 0 event or 1 processing, timestamp (8), key, namespace
 *     namespace 0, or 1, start (8), end (8)
 *
 * A range of key groups is a range of keys. Serialized values are self-delimiting, so no key is the beginning of another one.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import { IoError } from '../../errors.ts';
import { unitsOf } from '../../values/bytes.ts';

/** A string of one unit a byte. */
export type Binary = string;

const TWO_32 = 2 ** 32;
const SIGN = 2 ** 31;
export function binaryOf(bytes: Uint8Array): Binary {
  return unitsOf(bytes, 0, bytes.length);
}

export function bytesOfBinary(binary: Binary, from = 0): Uint8Array {
  const bytes = new Uint8Array(binary.length - from);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(from + i);
  return bytes;
}

/** The least string above all that begin so; undefined if there is none. */
export function successor(prefix: Binary): Binary | undefined {
  let end = prefix.length;
  while (end > 0 && prefix.charCodeAt(end - 1) === 0xff) end--;
  if (end === 0) return undefined;
  return prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1);
}

// ---- key groups

/** Of `groupBinary`. */
export const GROUP_LENGTH = 2;

export function groupBinary(keyGroup: number): Binary {
  return String.fromCharCode(keyGroup >>> 8, keyGroup & 0xff);
}

export function groupOfBinary(key: Binary): number {
  return (key.charCodeAt(0) << 8) | key.charCodeAt(1);
}

// ---- timestamps and namespaces

export const TIMESTAMP_LENGTH = 8;

/** Of a safe integer, in its order; 0 and -0 are the same. */
export function timestampBinary(timestamp: Timestamp): Binary {
  const high = Math.floor(timestamp / TWO_32);
  return wordBinary(high + SIGN) + wordBinary(timestamp - high * TWO_32);
}

export function timestampOfBinary(binary: Binary, at: number): Timestamp {
  return (wordAt(binary, at) - SIGN) * TWO_32 + wordAt(binary, at + 4);
}

export function wordBinary(word: number): Binary {
  return String.fromCharCode((word >>> 24) & 0xff, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
}

function wordAt(binary: Binary, at: number): number {
  const word =
    (binary.charCodeAt(at) << 24) |
    (binary.charCodeAt(at + 1) << 16) |
    (binary.charCodeAt(at + 2) << 8) |
    binary.charCodeAt(at + 3);
  return word >>> 0;
}

const NONE: Binary = '\x00';
const WINDOW: Binary = '\x01';

export function namespaceBinary(namespace: TimeWindow | undefined): Binary {
  if (namespace === undefined) return NONE;
  return WINDOW + timestampBinary(namespace.start) + timestampBinary(namespace.end);
}

/** The rest of a key, from `at`. Throws `IoError` if it is no namespace. */
export function namespaceOfBinary(binary: Binary, at: number): TimeWindow | undefined {
  if (binary[at] === NONE && binary.length === at + 1) return undefined;
  if (binary[at] !== WINDOW || binary.length !== at + 1 + 2 * TIMESTAMP_LENGTH) {
    throw new IoError('a key of the state store has no namespace at its end');
  }
  return {
    start: timestampOfBinary(binary, at + 1),
    end: timestampOfBinary(binary, at + 1 + TIMESTAMP_LENGTH),
  };
}
