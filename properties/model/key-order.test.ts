import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TypeInfo } from '../../core/job/types.ts';
import { compareTexts, keyText } from './key-order.ts';

const int64: TypeInfo = { kind: 'int64' };
const string: TypeInfo = { kind: 'string' };

function codes(text: string): number[] {
  return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}
function bytes(type: TypeInfo, value: unknown): number[] {
  return codes(keyText(type, value));
}

it('whole numbers are zigzag, low digits first', () => {
  expect([0, -1, 1, -2, 63, -64, 64, -65, 300].map((n) => bytes(int64, n))).toEqual([
    [0],
    [1],
    [2],
    [3],
    [126],
    [127],
    [128, 1],
    [129, 1],
    [216, 4],
  ]);
  expect(bytes(int64, Number.MAX_SAFE_INTEGER)).toEqual([254, 255, 255, 255, 255, 255, 255, 31]);
  expect(bytes(int64, Number.MIN_SAFE_INTEGER)).toEqual([253, 255, 255, 255, 255, 255, 255, 31]);
});

it('every type has the bytes of the table', () => {
  expect(bytes({ kind: 'boolean' }, true)).toEqual([1]);
  expect(bytes({ kind: 'float64' }, -2)).toEqual([0xc0, 0, 0, 0, 0, 0, 0, 0]);
  expect(bytes({ kind: 'float64' }, Number.NaN)).toEqual([0x7f, 0xf8, 0, 0, 0, 0, 0, 0]);
  expect(bytes({ kind: 'bigint' }, 128n)).toEqual([2, 0, 128]);
  expect(bytes({ kind: 'bigint' }, -129n)).toEqual([2, 255, 127]);
  expect(bytes({ kind: 'bigint' }, 0n)).toEqual([1, 0]);
  expect(bytes({ kind: 'bigint' }, -1n)).toEqual([1, 255]);
  expect(bytes(string, 'ab')).toEqual([2, 97, 98]);
  expect(bytes(string, 'é')).toEqual([1, 0xc3, 0xa9]);
  expect(bytes(string, '€')).toEqual([1, 0xe2, 0x82, 0xac]);
  expect(bytes(string, '😀')).toEqual([2, 0xf0, 0x9f, 0x98, 0x80]);
  expect(bytes(string, '\ud800')).toEqual([1, 0xed, 0xa0, 0x80]);
  expect(bytes(string, 'x'.repeat(128)).slice(0, 3)).toEqual([128, 1, 120]);
  const json: TypeInfo = { kind: 'json' };
  expect(bytes(json, { b: 1, a: null })).toEqual([7, 2, 1, 98, 3, 2, 1, 97, 0]);
  expect(bytes(json, ['a', true, false])).toEqual([6, 3, 5, 1, 97, 2, 1]);
  expect(bytes(json, 1.5)).toEqual([4, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
  expect(bytes(json, -0)).toEqual([4, 0x80, 0, 0, 0, 0, 0, 0, 0]);
  expect(bytes({ kind: 'nullable', of: string }, null)).toEqual([0]);
  expect(bytes({ kind: 'nullable', of: string }, 'a')).toEqual([1, 1, 97]);
  expect(bytes({ kind: 'list', of: string }, ['a', ''])).toEqual([2, 1, 97, 0]);
  expect(bytes({ kind: 'tuple', of: [string, int64] }, ['a', -1])).toEqual([1, 97, 1]);
  expect(bytes({ kind: 'tuple', of: [] }, [])).toEqual([0]);
  expect(bytes({ kind: 'record', fields: [] }, {})).toEqual([0]);
  const record: TypeInfo = {
    kind: 'record',
    fields: [
      { name: 'z', type: int64 },
      { name: 'a', type: string },
    ],
  };
  expect(bytes(record, { a: 'q', z: 1 })).toEqual([2, 1, 113]);
});

it('order is by bytes: the length of a string comes first, -1 before 1', () => {
  const sorted = (type: TypeInfo, values: unknown[]) =>
    values.sort((a, b) => compareTexts(keyText(type, a), keyText(type, b)));
  expect(sorted(string, ['b', 'aa', 'c', ''])).toEqual(['', 'b', 'c', 'aa']);
  expect(sorted(int64, [2, 1, -1, 0])).toEqual([0, -1, 1, 2]);
});

it('different keys have different texts', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
      expect(keyText(int64, a) === keyText(int64, b)).toBe(a === b);
    }),
    { seed: 1 },
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = [...new TextEncoder().encode(text)];
      expect(bytes(string, text).slice(text.length < 128 ? 1 : 2)).toEqual(encoded);
    }),
    { seed: 2 },
  );
});
