import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonical, sameValue } from '../model/equal.ts';
import { ValueBag } from './value-bag.ts';
import { hashOf } from './value-hash.ts';

const values = fc.jsonValue({ maxDepth: 2 });

it('equal values have equal hashes, regardless of the order of their fields', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), values), (record) => {
      const turned = Object.fromEntries(Object.entries(record).reverse());
      expect(hashOf(turned)).toBe(hashOf(record));
    }),
    { seed: 1, numRuns: 200 },
  );
});

it('a bag counts like a map by canonical text', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 30 }), (list) => {
      const bag = new ValueBag();
      const counts = new Map<string, number>();
      for (const value of list) {
        bag.of(value).expected++;
        counts.set(canonical(value), (counts.get(canonical(value)) ?? 0) + 1);
      }
      expect(new Map([...bag.all()].map(({ value, expected }) => [canonical(value), expected]))).toEqual(counts);
      for (const { value } of bag.all()) expect(list.some((other) => sameValue(other, value))).toBe(true);
    }),
    { seed: 2, numRuns: 200 },
  );
});
