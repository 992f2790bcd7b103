/** Whole numbers of any size: a length, then two's complement in the fewest bytes, the highest first (Java: `BigInteger.toByteArray`). */
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { Codec } from './codec.ts';
import { describe, Refused } from './refusal.ts';

export const bigintCodec: Codec = {
  write: (value, out) => {
    if (typeof value !== 'bigint') throw new Refused();
    writeBigint(value, out);
  },
  read: readBigint,
  admit: (value) => typeof value === 'bigint',
  check: (value, path) =>
    typeof value === 'bigint'
      ? undefined
      : `${path === '' ? '' : `${path}: `}expected a bigint, as in 5n, got ${describe(value)}`,
};

function writeBigint(value: bigint, out: ByteWriter): void {
  const length = byteLengthOf(value);
  const digits = BigInt.asUintN(8 * length, value)
    .toString(16)
    .padStart(2 * length, '0');
  out.varint(length);
  for (let at = 0; at < digits.length; at += 2) out.byte(Number.parseInt(digits.slice(at, at + 2), 16));
}

/** The fewest bytes that hold it and its sign. */
function byteLengthOf(value: bigint): number {
  const magnitude = value < 0n ? -value - 1n : value;
  const bits = magnitude === 0n ? 0 : magnitude.toString(2).length;
  return Math.floor(bits / 8) + 1;
}

function readBigint(input: ByteReader): bigint {
  const length = input.varint();
  if (length === 0 || length > input.remaining) throw input.malformed(`a bigint of ${length} bytes`);
  let digits = '0x';
  for (let left = length; left > 0; left--) digits += input.byte().toString(16).padStart(2, '0');
  const value = BigInt.asIntN(8 * length, BigInt(digits));
  if (byteLengthOf(value) !== length) throw input.malformed(`a bigint in ${length} bytes that needs fewer`);
  return value;
}
