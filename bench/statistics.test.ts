import { expect, it } from 'vitest';
import { logLogSlope, mean, median, ratios, spread } from './statistics.ts';

it('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

it('the mean is the sum over the count', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(() => mean([])).toThrow(RangeError);
});

it('the spread is that of the groups, and the last group takes what is left over', () => {
  expect(spread([1, 1, 1, 9, 9, 9, 9], 3)).toEqual([1, 9]);
  expect(spread([1, 2, 3], 20)).toEqual([2, 2]);
});

it('ratios go pair by pair', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});

it('a power law has its exponent as slope', () => {
  const points = [200, 2_000, 20_000, 100_000].map((x) => [x, 3 * x ** 1.15] as const);
  expect(logLogSlope(points)).toBeCloseTo(1.15, 10);
});
