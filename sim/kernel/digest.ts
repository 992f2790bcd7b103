/**
 * The digest of a run: two 32-bit lanes that fold numbers in order.
 *
 * Each fold is a bijection of the lane for a fixed number and of the number for a fixed lane. So two runs that differ in
 * one number alone always differ in both lanes, and any other difference hides with a chance of about 2^-64. It is a
 * checksum, not a cryptographic hash: it has no adversary.
 */
export class Digest {
  #a = 0x243f6a88 | 0;
  #b = 0x85a308d3 | 0;

  /** Folds a number modulo 2^32. */
  fold(value: number): void {
    const a = Math.imul(this.#a ^ value, 0x85ebca6b);
    this.#a = a ^ (a >>> 15);
    const b = (this.#b << 7) | (this.#b >>> 25);
    this.#b = Math.imul((b + (value | 0)) | 0, 0xc2b2ae35);
  }

  /** 16 hex digits. Reading changes nothing. */
  toString(): string {
    return hex(avalanche(this.#a)) + hex(avalanche(this.#b ^ this.#a));
  }
}

/** Spreads every bit over all 32 (the finalizer of MurmurHash3); a bijection. */
export function avalanche(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 32 bits of a text, by its UTF-16 code units. */
export function hashText(text: string, salt: number): number {
  let h = salt | 0;
  for (let at = 0; at < text.length; at++) h = Math.imul(h ^ text.charCodeAt(at), 0x01000193);
  return avalanche(h ^ text.length);
}

/** 32 bits of a byte sequence, four bytes a turn. Sequences of one length that differ in one byte never agree. */
export function checksum(bytes: Uint8Array): number {
  const length = bytes.length;
  const whole = length & ~3;
  let h = length | 0;
  let at = 0;
  for (; at < whole; at += 4) {
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    h = Math.imul(h ^ word, 0x9e3779b1);
    h ^= h >>> 15;
  }
  for (; at < length; at++) h = Math.imul(h ^ (bytes[at] ?? 0), 0x01000193);
  return avalanche(h);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
