import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonical, sameValue } from './equal.ts';

/** Pairs that differ at most a little, or that are copies with their fields turned round. */
const pairs = fc
  .jsonValue({ maxDepth: 3 })
  .chain((a) => fc.tuple(fc.constant(a), fc.oneof(fc.constant(reversed(a)), fc.jsonValue({ maxDepth: 1 }))));

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, reversed(field)]),
  );
}

it('the same values are those with the same canonical text', () => {
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      expect(sameValue(a, b)).toBe(canonical(a) === canonical(b));
      expect(sameValue(a, reversed(a))).toBe(true);
    }),
    { seed: 3, numRuns: 300 },
  );
});

it('numbers are compared by Object.is, fields by name, absent is not undefined', () => {
  expect(sameValue(0, -0)).toBe(false);
  expect(sameValue([Number.NaN], [Number.NaN])).toBe(true);
  expect(sameValue({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  expect(sameValue({ a: undefined }, {})).toBe(false);
  expect(sameValue({ a: undefined }, { b: undefined })).toBe(false);
  expect(sameValue([], {})).toBe(false);
  expect(sameValue({}, [])).toBe(false);
  expect(sameValue(null, {})).toBe(false);
  expect(sameValue('1', 1)).toBe(false);
  expect(sameValue([1, [2, { c: 3 }]], [1, [2, { c: 3 }]])).toBe(true);
  expect(sameValue([1, [2, { c: 3 }]], [1, [2, { c: 4 }]])).toBe(false);
});

it('the canonical text distinguishes what JSON does not', () => {
  expect(canonical({ b: [1, -0, null], a: 'x"' })).toBe('{"a":"x\\"","b":[1,-0,null]}');
  const odd = [
    0,
    -0,
    Number.NaN,
    null,
    undefined,
    'NaN',
    'null',
    '',
    [],
    {},
    [undefined],
    { a: undefined },
    ['1,2'],
    [1, 2],
    ['1', '2'],
  ];
  expect(new Set(odd.map(canonical)).size).toBe(odd.length);
  expect(() => canonical(() => 1)).toThrow('no canonical text');
});
