/**
 * Bytes that cross a process boundary or enter a snapshot are written and read here, and nowhere else.
 *
 * Formats: `varint` is LEB128 of a whole number in [0, 2^53); `zigzag` is LEB128 of 2n or -2n-1, for every safe
 * integer, and 0x80 0x00 for -0 (arithmetic makes it easily, and a value must not change on its way); `float64` is big-endian IEEE with one canonical NaN; a string is the varint of its UTF-16 length, then
 * UTF-8 in which a lone surrogate takes three bytes of its own (WTF-8), so that every JavaScript string survives.
 * What is left out: compression, checksums, schema (see `serializers.ts`).
 */
import { IoError } from '../errors.ts';

const INITIAL_CAPACITY = 256;
/** Room that a writer keeps for what comes next: one large snapshot is not paid for as long as its backend lives. */
const KEPT_MAX = 65_536;
/** Up to here bytes are copied one by one: the call that copies them costs more. */
const BY_HAND_MAX = 24;
const TWO_28 = 2 ** 28;
const TWO_31 = 2 ** 31;

/** Where a float64 becomes two words. A view of the bytes themselves costs several times what reading them costs. */
const SCRATCH = new DataView(new ArrayBuffer(8));
const NAN_HIGH_WORD = 0x7ff80000;

/** Grows as needed and is reused: `take` copies out and starts over. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity bytes to start with, >= 1. */
  constructor(capacity = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Bytes written since the last `take` or `reset`. */
  get length(): number {
    return this.#length;
  }

  /** A copy of what was written; the writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > KEPT_MAX) this.#bytes = new Uint8Array(INITIAL_CAPACITY);
    return taken;
  }

  /** What was written as a string of one unit a byte; the writer is empty afterwards. */
  takeUnits(): string {
    const units = unitsOf(this.#bytes, 0, this.#length);
    this.#length = 0;
    return units;
  }

  reset(): void {
    this.#length = 0;
  }

  /** Drops what was written after `length` bytes. */
  truncate(length: number): void {
    if (length < this.#length) this.#length = length;
  }

  /** @param value a whole number in [0, 256). */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  bool(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  /** @param value a whole number in [0, 2^53). */
  varint(value: number): void {
    this.#reserve(8);
    if (value < TWO_31) this.#small(value);
    else this.#large(value);
  }

  /** @param value a safe integer. */
  zigzag(value: number): void {
    this.#reserve(9);
    if (value === 0) {
      this.#zero(value);
      return;
    }
    if (value < TWO_31 / 2 && value >= -TWO_31 / 2) {
      this.#small((value << 1) ^ (value >> 31));
      return;
    }
    // The first byte takes the sign and six bits: doubling a large safe integer would leave the safe range.
    const magnitude = value < 0 ? -value - 1 : value;
    const rest = Math.floor(magnitude / 64);
    this.#bytes[this.#length++] = ((magnitude - rest * 64) << 1) | (value < 0 ? 1 : 0) | 0x80;
    if (rest < TWO_31) this.#small(rest);
    else this.#large(rest);
  }

  /** @param value a whole number in [-2^31, 2^31). */
  int32(value: number): void {
    this.#reserve(5);
    if (value === 0) {
      this.#zero(value);
      return;
    }
    const folded = (value << 1) ^ (value >> 31);
    if (folded >= 0) this.#small(folded);
    else this.#large(folded + 2 * TWO_31);
  }

  float64(value: number): void {
    this.#reserve(8);
    const isNumber = !Number.isNaN(value);
    SCRATCH.setFloat64(0, value);
    this.#word(isNumber ? SCRATCH.getInt32(0) : NAN_HIGH_WORD);
    this.#word(isNumber ? SCRATCH.getInt32(4) : 0);
  }

  string(value: string): void {
    const units = value.length;
    // A UTF-16 unit takes at most three bytes.
    this.#reserve(8 + 3 * units);
    this.varint(units);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < units; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = at;
        this.#wide(value, i);
        return;
      }
      bytes[at++] = unit;
    }
    this.#length = at;
  }

  /** Length and content. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Content alone. */
  raw(value: Uint8Array): void {
    const { length } = value;
    this.#reserve(length);
    if (length > BY_HAND_MAX) this.#bytes.set(value, this.#length);
    else for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = value[i] ?? 0;
    this.#length += length;
  }

  #reserve(more: number): void {
    if (this.#length + more > this.#bytes.length) this.#grow(this.#length + more);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** Four bytes, big-endian; room is reserved. */
  #word(value: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.#length = at + 4;
  }

  /** 0 or -0; room is reserved. */
  #zero(value: number): void {
    if (Object.is(value, -0)) this.#bytes[this.#length++] = 0x80;
    this.#bytes[this.#length++] = 0;
  }

  /** Writes a whole number in [0, 2^31); room is reserved. */
  #small(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.#length++] = rest;
  }

  /** Writes a whole number in [2^28, 2^53): four groups of seven bits, then the rest as a small one. */
  #large(value: number): void {
    const high = Math.floor(value / TWO_28);
    let low = value - high * TWO_28;
    for (let i = 0; i < 4; i++) {
      this.#bytes[this.#length++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    this.#small(high);
  }

  /** The rest of a string from its first unit that is not ASCII; room is reserved. */
  #wide(value: string, from: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = from; i < value.length; i++) {
      const code = value.codePointAt(i) ?? 0;
      if (code < 0x80) {
        bytes[at++] = code;
      } else if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if (code < 0x10000) {
        bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else {
        i++;
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      }
    }
    this.#length = at;
  }
}

/** Writers that are not in use: most messages and metadata are small, and a new writer costs more than what it writes. */
const spare: ByteWriter[] = [];

/** What `write` writes. */
export function bytesOf(write: (out: ByteWriter) => void): Uint8Array {
  const out = spare.pop() ?? new ByteWriter();
  try {
    write(out);
    return out.take();
  } finally {
    out.reset();
    spare.push(out);
  }
}

/** Reads what `ByteWriter` wrote. Every read that would leave the range, and every malformed number or string, is an `IoError`. */
export class ByteReader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;

  /** Reads [start, end) of `bytes`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** @throws IoError if bytes are left over. */
  expectEnd(): void {
    if (this.#at !== this.#end) throw new IoError(`${this.remaining} bytes are left over at byte ${this.#at}`);
  }

  byte(): number {
    const at = this.#at;
    if (at >= this.#end) throw this.#short(1);
    this.#at = at + 1;
    return this.#bytes[at] ?? 0;
  }

  bool(): boolean {
    const value = this.byte();
    if (value > 1) throw this.malformed(`a boolean is 0 or 1, not ${value}`);
    return value === 1;
  }

  varint(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.#varintFrom(first & 0x7f, 2 ** 7);
  }

  zigzag(): number {
    const first = this.byte();
    const low = (first & 0x7f) >> 1;
    const magnitude = first < 0x80 ? low : this.#varintFrom(low, 2 ** 6);
    if (first === 0x80 && magnitude === 0) return -0;
    return (first & 1) === 0 ? magnitude : -magnitude - 1;
  }

  int32(): number {
    const value = this.zigzag();
    if (value !== (value | 0)) throw this.malformed(`${value} is not a 32-bit whole number`);
    return value;
  }

  float64(): number {
    if (this.#at + 8 > this.#end) throw this.#short(8);
    SCRATCH.setInt32(0, this.#word());
    SCRATCH.setInt32(4, this.#word());
    return SCRATCH.getFloat64(0);
  }

  string(): string {
    const units = this.varint();
    // A unit takes at least one byte: a corrupt length is found before anything is built.
    if (units > this.remaining) throw this.#short(units);
    const start = this.#at;
    const bytes = this.#bytes;
    for (let i = 0; i < units; i++) {
      if ((bytes[start + i] ?? 0) >= 0x80) return this.#wide(units);
    }
    this.#at = start + units;
    return unitsOf(bytes, start, start + units);
  }

  /** Length and content; a copy. */
  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  /** The next `length` bytes; a copy. */
  raw(length: number): Uint8Array {
    const at = this.#at;
    if (length > this.#end - at) throw this.#short(length);
    this.#at = at + length;
    return this.#bytes.slice(at, at + length);
  }

  /** Passes over `length` bytes: where they begin. */
  skip(length: number): number {
    const at = this.#at;
    if (length > this.#end - at) throw this.#short(length);
    this.#at = at + length;
    return at;
  }

  /** An error about the bytes just read, for those who find out later that they make no sense. */
  malformed(what: string): IoError {
    return new IoError(`malformed bytes before byte ${this.#at}: ${what}`);
  }

  /** Four bytes, big-endian; the range is checked. */
  #word(): number {
    const b = this.#bytes;
    const at = this.#at;
    this.#at = at + 4;
    return ((b[at] ?? 0) << 24) | ((b[at + 1] ?? 0) << 16) | ((b[at + 2] ?? 0) << 8) | (b[at + 3] ?? 0);
  }

  #short(needed: number): IoError {
    return new IoError(`the bytes end too early: ${needed} needed at byte ${this.#at}, ${this.remaining} left`);
  }

  /** The continuation of a varint: `low` so far, the next byte counts `unit`. */
  #varintFrom(low: number, unit: number): number {
    let value = low;
    let scale = unit;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw this.malformed('a whole number beyond 2^53');
      if (byte < 0x80) return value;
      scale *= 128;
      if (scale > 2 ** 56) throw this.malformed('a whole number of too many bytes');
    }
  }

  /** A string of which at least one unit is not ASCII. */
  #wide(units: number): string {
    let text = '';
    while (text.length < units) text += String.fromCodePoint(this.#codePoint());
    if (text.length !== units) throw this.malformed(`a string of ${text.length} units instead of ${units}`);
    return text;
  }

  #codePoint(): number {
    const lead = this.byte();
    if (lead < 0x80) return lead;
    if (lead >= 0xc0 && lead < 0xe0) return ((lead & 0x1f) << 6) | this.#continuation();
    if (lead >= 0xe0 && lead < 0xf0) return ((lead & 0x0f) << 12) | (this.#continuation() << 6) | this.#continuation();
    if (lead >= 0xf0 && lead < 0xf8) {
      const high = ((lead & 0x07) << 18) | (this.#continuation() << 12);
      const code = high | (this.#continuation() << 6) | this.#continuation();
      if (code <= 0x10ffff) return code;
    }
    throw this.malformed('not UTF-8');
  }

  #continuation(): number {
    const byte = this.byte();
    if ((byte & 0xc0) !== 0x80) throw this.malformed('not UTF-8');
    return byte & 0x3f;
  }
}

/** A unit a byte. Eight units a call: a call for each unit builds a rope, one for all of them an array. */
export function unitsOf(bytes: Uint8Array, start: number, end: number): string {
  const b = bytes;
  let text = '';
  let i = start;
  for (; i + 8 <= end; i += 8) {
    text += String.fromCharCode(
      b[i] ?? 0,
      b[i + 1] ?? 0,
      b[i + 2] ?? 0,
      b[i + 3] ?? 0,
      b[i + 4] ?? 0,
      b[i + 5] ?? 0,
      b[i + 6] ?? 0,
      b[i + 7] ?? 0,
    );
  }
  for (; i + 2 <= end; i += 2) text += String.fromCharCode(b[i] ?? 0, b[i + 1] ?? 0);
  return i < end ? text + String.fromCharCode(b[i] ?? 0) : text;
}

/** Unsigned bytewise order, a prefix first: < 0, 0 or > 0. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
