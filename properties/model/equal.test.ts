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

it('what types of a job make of values is compared by what is in them', () => {
  const buffer = (...bytes: readonly number[]) => Uint8Array.from(bytes).buffer;
  const same: readonly (readonly [unknown, unknown])[] = [
    [new Date(5), new Date(5)],
    [new Date(Number.NaN), new Date(Number.NaN)],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [buffer(1, 2), buffer(1, 2)],
    [new DataView(buffer(1)), new DataView(buffer(1))],
    [
      new Map([
        ['a', [1]],
        ['b', [2]],
      ]),
      new Map([
        ['b', [2]],
        ['a', [1]],
      ]),
    ],
    [new Set([1, 2]), new Set([2, 1])],
    [{ at: new Date(5) }, { at: new Date(5) }],
    [
      { n: 1, twice: () => 2 },
      { n: 1, twice: () => 2 },
    ],
  ];
  const others: readonly (readonly [unknown, unknown])[] = [
    [new Date(5), new Date(6)],
    [new Date(5), {}],
    [new Date(5), new Date(Number.NaN)],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 3)],
    [buffer(1, 2), buffer(1, 3)],
    [buffer(1, 2), buffer(1)],
    [new DataView(buffer(1)), new DataView(buffer(2))],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Map([['a', 1]]), new Map([['b', 1]])],
    [new Set([1]), new Set([2])],
    [new Set([1]), new Map([[1, 1]])],
    [new Map(), new Set()],
    [{ at: new Date(5) }, { at: new Date(6) }],
  ];
  for (const [a, b] of same) {
    expect(sameValue(a, b)).toBe(true);
    expect(canonical(a)).toBe(canonical(b));
  }
  for (const [a, b] of others) {
    expect(sameValue(a, b)).toBe(false);
    expect(canonical(a)).not.toBe(canonical(b));
  }
  // What has no text is not asked for one.
  expect(sameValue(new Map([['f', () => 1]]), new Map([['f', () => 1]]))).toBe(false);
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
