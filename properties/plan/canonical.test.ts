import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NotCanonical, canonicalDocument, canonicalText, parseCanonical } from './canonical.ts';

it('one value has one text, regardless of the order in which its keys were written', () => {
  expect(canonicalText({ b: 1, a: { d: 2, c: 3 } })).toBe(canonicalText({ a: { c: 3, d: 2 }, b: 1 }));
  expect(canonicalText({ b: 1, a: undefined })).toBe('{"b":1}');
});

it('every value comes back as it was, also the numbers that JSON cannot say', () => {
  const value = {
    nan: NaN,
    up: Infinity,
    down: -Infinity,
    zero: -0,
    big: -(2n ** 70n),
    $float: 'NaN',
    $$: [{ $float: 1 }],
  };
  expect(parseCanonical(canonicalText(value))).toStrictEqual(value);
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(parseCanonical(canonicalText(json))).toStrictEqual(json);
      expect(parseCanonical(canonicalDocument(json))).toStrictEqual(json);
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('what has no JSON shape is refused with its place', () => {
  expect(() => canonicalText({ a: [1, { b: new Map() }] })).toThrow('$.a[1].b: an instance of a class');
  expect(() => canonicalText({ f: () => 1 })).toThrow(NotCanonical);
});

it('the document keeps a record on one line', () => {
  const records = Array.from({ length: 4 }, (_, i) => ({ key: `k${i}`, time: i, text: 'x'.repeat(30) }));
  const lines = canonicalDocument({ records }).split('\n');
  expect(lines).toContain(`    { "key": "k0", "text": "${'x'.repeat(30)}", "time": 0 },`);
});
