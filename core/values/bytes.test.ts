import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IoError } from '../errors.ts';
import { ByteReader, ByteWriter, compareBytes } from './bytes.ts';

const SEED = 20_260_103;

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(1);
  write(out);
  return out.take();
}

const EDGES = [
  0,
  1,
  63,
  64,
  127,
  128,
  2 ** 14,
  2 ** 28 - 1,
  2 ** 28,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 35,
  2 ** 53 - 1,
];
const wholes = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat());
const integers = fc.oneof(
  fc.constantFrom(-0, ...EDGES, ...EDGES.map((n) => -n - 1).filter(Number.isSafeInteger)),
  fc.maxSafeInteger(),
);

describe('what is written is read', () => {
  it('as varint, zigzag, int32, float64, bool and bytes, in a row, from a writer that grows', () => {
    fc.assert(
      fc.property(
        wholes,
        integers,
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.uint8Array(),
        (n, z, i, f, b, bytes) => {
          const input = new ByteReader(
            written((out) => {
              out.varint(n);
              out.zigzag(z);
              out.int32(i);
              out.float64(f);
              out.bool(b);
              out.bytes(bytes);
            }),
          );
          expect([input.varint(), input.zigzag(), input.int32(), input.float64(), input.bool(), input.bytes()]).toEqual(
            [n, z, i, f, b, bytes],
          );
          input.expectEnd();
        },
      ),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('as -0, which remains -0', () => {
    const input = new ByteReader(
      written((out) => {
        out.zigzag(-0);
        out.int32(-0);
        out.zigzag(0);
      }),
    );
    expect([input.zigzag(), input.int32(), input.zigzag()]).toStrictEqual([-0, -0, 0]);
    input.expectEnd();
  });

  it('as zigzag is what BigInt arithmetic says', () => {
    fc.assert(
      fc.property(integers, (value) => {
        if (Object.is(value, -0)) return;
        const wide = BigInt(value);
        let rest = wide >= 0n ? 2n * wide : -2n * wide - 1n;
        const expected: number[] = [];
        for (; rest >= 128n; rest /= 128n) expected.push(Number(rest % 128n) | 0x80);
        expected.push(Number(rest));
        expect([...written((out) => out.zigzag(value))]).toEqual(expected);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('as a well-formed string in UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const bytes = written((out) => out.string(text));
        const input = new ByteReader(bytes);
        expect(input.varint()).toBe(text.length);
        expect(input.raw(input.remaining)).toEqual(new TextEncoder().encode(text));
        expect(new ByteReader(bytes).string()).toBe(text);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

it('take copies out, so that the writer can be used again', () => {
  const out = new ByteWriter();
  out.byte(1);
  const first = out.take();
  out.byte(2);
  expect([...first, ...out.take()]).toEqual([1, 2]);
  expect(out.length).toBe(0);
});

it('a reader of a range sees nothing outside it', () => {
  const input = new ByteReader(new Uint8Array([1, 2, 3, 4]).subarray(1), 1, 2);
  expect(input.byte()).toBe(3);
  expect(() => input.byte()).toThrow(new IoError('the bytes end too early: 1 needed at byte 2, 0 left'));
});

it.each<[string, readonly number[], (input: ByteReader) => unknown]>([
  ['an unfinished varint', [0x80], (input) => input.varint()],
  ['a varint beyond 2^53', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], (input) => input.varint()],
  [
    'a varint without an end',
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    (input) => input.varint(),
  ],
  ['an int32 beyond its range', [0x80, 0x80, 0x80, 0x80, 0x10], (input) => input.int32()],
  ['seven bytes of a float64', [0, 0, 0, 0, 0, 0, 0], (input) => input.float64()],
  ['a boolean of 2', [2], (input) => input.bool()],
  ['a string longer than the bytes', [9, 97], (input) => input.string()],
  ['a string cut inside a character', [1, 0xc3], (input) => input.string()],
  ['a string that goes on with no continuation', [2, 0xc3, 97], (input) => input.string()],
  ['a string that starts with a continuation', [1, 0x80], (input) => input.string()],
  ['a string of too many units', [2, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], (input) => input.string()],
  ['a character beyond Unicode', [2, 0xf7, 0xbf, 0xbf, 0xbf], (input) => input.string()],
  ['bytes longer than the bytes', [5, 1], (input) => input.bytes()],
])('%s is an IoError', (_, bytes, read) => {
  expect(() => read(new ByteReader(new Uint8Array(bytes)))).toThrow(IoError);
});

it('leftover bytes are an IoError', () => {
  const input = new ByteReader(new Uint8Array([1, 2]));
  input.byte();
  expect(() => input.expectEnd()).toThrow(new IoError('1 bytes are left over at byte 1'));
});

it('bytes are ordered unsigned, a prefix first', () => {
  const order = [[], [0], [0, 255], [1], [127], [128], [255], [255, 0]].map((bytes) => new Uint8Array(bytes));
  for (const [i, a] of order.entries())
    for (const [j, b] of order.entries()) expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(i - j));
});
