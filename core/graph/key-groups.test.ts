import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boolean, float64, int32, int64, json, list, nullable, record, string, tuple } from '../job/types.ts';
import { keyHasher, murmur } from '../values/hash.ts';
import { defaultMaxParallelism, keyGroupOf, keyGroupRange, ownerOf } from './key-groups.ts';

const SEED = 20_260_101;

describe('hash', () => {
  it('is Java hashCode of the same value', () => {
    expect(keyHasher(int32)(42)).toBe(42);
    expect(keyHasher(int32)(-1)).toBe(-1);
    expect(keyHasher(int64)(42)).toBe(42);
    expect(keyHasher(int64)(-1)).toBe(0);
    expect(keyHasher(int64)(2 ** 32)).toBe(1);
    expect(keyHasher(int64)(1_517_365_101_235)).toBe(1_241_646_034);
    expect(keyHasher(int64)(Number.MIN_SAFE_INTEGER)).toBe(-2_097_151);
    expect(keyHasher(boolean)(true)).toBe(1231);
    expect(keyHasher(boolean)(false)).toBe(1237);
    expect(keyHasher(string)('hello')).toBe(99_162_322);
    expect(keyHasher(string)('')).toBe(0);
    expect(keyHasher(string)('polygenelubricants')).toBe(-2_147_483_648);
    expect(keyHasher(string)('\u{1f600}')).toBe(1_772_899);
    expect(keyHasher(float64)(1)).toBe(1_072_693_248);
    expect(keyHasher(float64)(0)).toBe(0);
    expect(keyHasher(float64)(-0)).toBe(-2_147_483_648);
    expect(keyHasher(float64)(NaN)).toBe(2_146_959_360);
    expect(keyHasher(float64)(1.5)).toBe(1_073_217_536);
    expect(keyHasher(nullable(string))(null)).toBe(0);
    expect(keyHasher(nullable(int32))(7)).toBe(7);
    expect(keyHasher(list(int32))([])).toBe(1);
    expect(keyHasher(list(int32))([1, 2])).toBe(994);
  });

  it("of a long is low ^ high of the two's complement", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const bits = BigInt.asUintN(64, BigInt(value));
        expect(keyHasher(int64)(value)).toBe(Number(BigInt.asIntN(32, bits ^ (bits >> 32n))));
      }),
      { seed: SEED },
    );
  });

  it('of a tuple and of a record starts from the first field', () => {
    expect(keyHasher(tuple(string, int32))(['a', 1])).toBe(3008);
    expect(keyHasher(record({ name: string, n: int32 }))({ name: 'a', n: 1 })).toBe(3008);
  });

  it('refuses a json key and says what to declare instead', () => {
    expect(() => keyHasher(json)).toThrow(/declare the key as/);
    expect(() => keyHasher(tuple(string, json))).toThrow(/declare the key as/);
  });
});

describe('murmur and key group', () => {
  it.each([
    [0, 593_689_054, 94],
    [1, 68_075_478, 86],
    [2, 1_085_422_463, 127],
    [3, 847_579_505, 113],
    [42, 1_134_849_565, 29],
    [-1, 1_982_413_648, 80],
    [2_147_483_647, 1_653_689_534, 62],
    [-2_147_483_648, 1_718_298_732, 108],
    [keyHasher(string)('a'), 1_455_541_201, 81],
    [keyHasher(string)('hello'), 1_715_862_179, 35],
    [keyHasher(string)('key-1'), 23_124_534, 54],
  ])('of hash %i is %i, key group %i of 128', (hash, mixed, keyGroup) => {
    expect(murmur(hash)).toBe(mixed);
    expect(keyGroupOf(hash, 128)).toBe(keyGroup);
  });

  it('is in [0, max parallelism) for every hash', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 32_768 }), (hash, maxParallelism) => {
        const keyGroup = keyGroupOf(hash, maxParallelism);
        expect(Number.isInteger(keyGroup) && keyGroup >= 0 && keyGroup < maxParallelism).toBe(true);
      }),
      { seed: SEED },
    );
  });
});

describe('key group ranges', () => {
  const ranges = (parallelism: number, maxParallelism: number): string =>
    Array.from({ length: parallelism }, (_, subtask) => {
      const { start, end } = keyGroupRange(subtask, parallelism, maxParallelism);
      return `${start}-${end}`;
    }).join(' ');

  it.each([
    [3, 128, '0-42 43-85 86-127'],
    [5, 128, '0-25 26-51 52-76 77-102 103-127'],
    [3, 10, '0-3 4-6 7-9'],
    [7, 10, '0-1 2-2 3-4 5-5 6-7 8-8 9-9'],
    [1, 1, '0-0'],
  ])('of parallelism %i and max %i are %s', (parallelism, maxParallelism, expected) => {
    expect(ranges(parallelism, maxParallelism)).toBe(expected);
  });

  it('partition the key groups and agree with the owner formula', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(400), (parallelism, more) => {
        const maxParallelism = parallelism + more;
        let next = 0;
        for (let subtask = 0; subtask < parallelism; subtask++) {
          const { start, end } = keyGroupRange(subtask, parallelism, maxParallelism);
          expect(start).toBe(next);
          expect(end).toBeGreaterThanOrEqual(start);
          for (let g = start; g <= end; g++) expect(ownerOf(g, parallelism, maxParallelism)).toBe(subtask);
          next = end + 1;
        }
        expect(next).toBe(maxParallelism);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });
});

it('default max parallelism is a power of two between 128 and 32768', () => {
  expect([1, 85, 86, 100, 170, 171, 21_845, 30_000].map(defaultMaxParallelism)).toEqual([
    128, 128, 256, 256, 256, 256, 32_768, 32_768,
  ]);
});
