import { expect, it } from 'vitest';
import type { TypeInfo } from '../../core/job/types.ts';
import { defaultMaxParallelism, javaHash, keyGroupOf, murmur, ownerOf } from './key-groups.ts';

const int32: TypeInfo = { kind: 'int32' };
const int64: TypeInfo = { kind: 'int64' };
const float64: TypeInfo = { kind: 'float64' };
const string: TypeInfo = { kind: 'string' };

it.each([
  [0, 593689054, 94],
  [1, 68075478, 86],
  [2, 1085422463, 127],
  [3, 847579505, 113],
  [42, 1134849565, 29],
  [-1, 1982413648, 80],
  [2147483647, 1653689534, 62],
  [-2147483648, 1718298732, 108],
])('an int key %i has murmur %i and key group %i of 128', (key, hash, group) => {
  expect(murmur(javaHash(int32, key))).toBe(hash);
  expect(keyGroupOf(int32, key, 128)).toBe(group);
});

it.each([
  ['a', 1455541201, 81],
  ['hello', 1715862179, 35],
  ['key-1', 23124534, 54],
])('a string key %s has murmur %i and key group %i of 128', (key, hash, group) => {
  expect(murmur(javaHash(string, key))).toBe(hash);
  expect(keyGroupOf(string, key, 128)).toBe(group);
});

it('hashes are those of Java', () => {
  expect(javaHash(string, 'a')).toBe(97);
  expect(javaHash(string, 'hello')).toBe(99162322);
  expect(javaHash(int64, -1)).toBe(0);
  expect(javaHash(int64, 4294967296)).toBe(1);
  expect(javaHash(int64, 4294967297)).toBe(0);
  expect(javaHash(int64, Number.MAX_SAFE_INTEGER)).toBe(-2097152); // 0x1fffff ^ 0xffffffff
  expect(javaHash(int64, Number.MIN_SAFE_INTEGER)).toBe(-2097151); // 0xffe00000 ^ 0x00000001
  expect(javaHash(float64, 1)).toBe(1072693248);
  expect(javaHash(float64, 0)).toBe(0);
  expect(javaHash(float64, -0)).toBe(-2147483648);
  expect(javaHash(float64, Number.NaN)).toBe(2146959360);
  expect(javaHash({ kind: 'boolean' }, true)).toBe(1231);
  expect(javaHash({ kind: 'boolean' }, false)).toBe(1237);
  expect(javaHash({ kind: 'nullable', of: string }, null)).toBe(0);
  expect(javaHash({ kind: 'nullable', of: string }, 'a')).toBe(97);
  expect(javaHash({ kind: 'list', of: int32 }, [])).toBe(1);
  expect(javaHash({ kind: 'list', of: int32 }, [1, 2])).toBe(994);
  expect(javaHash({ kind: 'tuple', of: [string, int32] }, ['a', 1])).toBe(3008);
});

it('a record hashes like the tuple of its fields, in the declared order', () => {
  const type: TypeInfo = {
    kind: 'record',
    fields: [
      { name: 'z', type: string },
      { name: 'b', type: int32 },
    ],
  };
  expect(javaHash(type, { b: 1, z: 'a' })).toBe(3008);
});

it('a json value is no key', () => {
  expect(() => javaHash({ kind: 'json' }, 1)).toThrow('cannot be a key');
});

it.each([
  [
    128,
    3,
    [
      [0, 42],
      [43, 85],
      [86, 127],
    ],
  ],
  [
    128,
    5,
    [
      [0, 25],
      [26, 51],
      [52, 76],
      [77, 102],
      [103, 127],
    ],
  ],
  [
    10,
    3,
    [
      [0, 3],
      [4, 6],
      [7, 9],
    ],
  ],
  [
    10,
    7,
    [
      [0, 1],
      [2, 2],
      [3, 4],
      [5, 5],
      [6, 7],
      [8, 8],
      [9, 9],
    ],
  ],
] as const)('of %i key groups, %i subtasks own the ranges of SEMANTICS', (maxParallelism, parallelism, ranges) => {
  const owned = ranges.map((_, subtask) =>
    Array.from({ length: maxParallelism }, (__, group) => group).filter(
      (group) => ownerOf(group, parallelism, maxParallelism) === subtask,
    ),
  );
  expect(owned.map((groups) => [groups[0], groups.at(-1)])).toEqual(ranges);
  expect(owned.flat()).toHaveLength(maxParallelism);
});

it('the default max parallelism is the power of two at or above 1.5 P, from 128 to 32768', () => {
  expect([1, 85, 86, 171, 172, 30_000].map(defaultMaxParallelism)).toEqual([128, 128, 256, 256, 512, 32_768]);
});
