/**
 * Blocks: what a run consists of, and what is read, checked and cached as a whole.
 *
 *     entry   bytes shared with the key before, bytes of its own, 0 for a tombstone or 1 + length of the value; then both
 *     block   entries in order of key, checksum (4)
 *
 * The checksum begins with the run's own seed and the place in it: a block that was written, or is read, somewhere else is
 * found as one whose bits are wrong.
 */
import { DamageError } from '../../errors.ts';
import { ByteReader, ByteWriter, unitsOf } from '../../values/bytes.ts';
import type { Binary } from './binary.ts';
import { crc32 } from '../../values/checksum.ts';
import type { StoredEntry } from './memtable.ts';

/** Where a block is in its run. */
export interface BlockRef {
  readonly offset: number;
  /** With the checksum. */
  readonly length: number;
}

/**
 * Read: keys in order, with their values. A value stays in the bytes of the block until it is asked for: most reads pass over all
 * entries of a block but one.
 */
export class Block {
  readonly keys: readonly Binary[];
  /** What it takes in memory, about. */
  readonly bytes: number;
  readonly #content: Uint8Array;
  /** Of each value where it begins and ends; a tombstone ends before it begins. */
  readonly #places: readonly number[];

  constructor(keys: readonly Binary[], bytes: number, content: Uint8Array, places: readonly number[]) {
    this.keys = keys;
    this.bytes = bytes;
    this.#content = content;
    this.#places = places;
  }

  /** A copy. Undefined: a tombstone, or there is no such entry. */
  value(at: number): Uint8Array | undefined {
    const start = this.#places[2 * at];
    const end = this.#places[2 * at + 1];
    return start === undefined || end === undefined || end < start ? undefined : this.#content.slice(start, end);
  }
}

const CHECKSUM_BYTES = 4;
const KEY_OVERHEAD_BYTES = 16;

export class BlockBuilder {
  readonly #out = new ByteWriter();
  #count = 0;
  #lastKey: Binary = '';

  get length(): number {
    return this.#out.length;
  }
  get count(): number {
    return this.#count;
  }
  get lastKey(): Binary {
    return this.#lastKey;
  }

  /** Keys rise. */
  add({ key, value }: StoredEntry): void {
    const shared = this.#count === 0 ? 0 : sharedLength(this.#lastKey, key);
    this.#out.varint(shared);
    this.#out.varint(key.length - shared);
    this.#out.varint(value === undefined ? 0 : value.length + 1);
    for (let i = shared; i < key.length; i++) this.#out.byte(key.charCodeAt(i));
    if (value !== undefined) this.#out.raw(value);
    this.#lastKey = key;
    this.#count++;
  }

  /** The bytes of the block; the builder is empty afterwards. */
  finish(seed: number, offset: number): Uint8Array {
    this.#out.raw(new Uint8Array(CHECKSUM_BYTES));
    const bytes = this.#out.take();
    const end = bytes.length - CHECKSUM_BYTES;
    new DataView(bytes.buffer).setUint32(end, checksumOf(bytes, end, seed, offset));
    this.#count = 0;
    this.#lastKey = '';
    return bytes;
  }
}

function checksumOf(bytes: Uint8Array, end: number, seed: number, offset: number): number {
  return crc32(bytes, end, (seed ^ Math.imul(offset, 0x9e3779b1)) >>> 0);
}

function sharedLength(a: Binary, b: Binary): number {
  const most = Math.min(a.length, b.length);
  let shared = 0;
  while (shared < most && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
  return shared;
}

/** `what`: the file, for the message. Throws `DamageError` if the bytes are not those that were written there. */
export function readBlock(bytes: Uint8Array, seed: number, offset: number, what: string): Block {
  const end = bytes.length - CHECKSUM_BYTES;
  const stored = end < 0 ? NaN : new DataView(bytes.buffer, bytes.byteOffset + end, CHECKSUM_BYTES).getUint32(0);
  if (stored !== checksumOf(bytes, Math.max(end, 0), seed, offset)) {
    throw new DamageError(`the block at byte ${offset} of ${what} is damaged: its checksum is wrong`);
  }
  const input = new ByteReader(bytes, 0, end);
  const keys: Binary[] = [];
  const places: number[] = [];
  let size = bytes.length;
  let key: Binary = '';
  while (input.remaining > 0) {
    const shared = input.varint();
    const own = input.varint();
    const length = input.varint();
    const keyAt = input.skip(own);
    key = key.slice(0, shared) + unitsOf(bytes, keyAt, keyAt + own);
    keys.push(key);
    const valueAt = input.skip(length === 0 ? 0 : length - 1);
    places.push(valueAt, valueAt + length - 1);
    size += KEY_OVERHEAD_BYTES + key.length;
  }
  return new Block(keys, size, bytes, places);
}

/** The first place whose key is not below; the number of keys if there is none. */
export function placeOf({ keys }: Block, key: Binary): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = keys[middle];
    if (other !== undefined && other < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
