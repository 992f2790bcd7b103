import { expect, it } from 'vitest';
import { exponentialDelay } from './restart-strategy.ts';

const all = Array.from({ length: 100 }, (_, i) => i + 1);

it('an exponential delay is the same for twenty failures in a row, then a fifth longer each time, up to a second', () => {
  const { next } = exponentialDelay(20);
  expect([1, 20, 21, 22, 30, 60].map(next)).toEqual([20, 20, 24, 29, 124, 1_000]);
  expect([1, 20, 21, 22].map(exponentialDelay(0).next)).toEqual([0, 0, 10, 12]);
  expect([1, 40].map(exponentialDelay(5_000).next)).toEqual([5_000, 5_000]);
});

it('restarts do not run out in an outage of 40 seconds', () => {
  for (const delayMs of [0, 20, 500]) {
    const delays = all.map(exponentialDelay(delayMs).next);
    expect(delays.indexOf(undefined)).toBe(85);
    expect(delays.reduce<number>((sum, delay = 0) => sum + delay, 0)).toBeGreaterThan(40_000);
  }
});
