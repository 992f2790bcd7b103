import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MAX_TIMESTAMP, MIN_TIMESTAMP } from '../job/functions.ts';
import { JobError } from '../errors.ts';
import { cleanupTime, isElementLate, isWindowLate, maxTimestampOf, tumblingWindow, windowStart } from './windows.ts';

describe('tumbling windows', () => {
  it.each([
    // timestamp, offset, size, start
    [0, 0, 10, 0],
    [9, 0, 10, 0],
    [10, 0, 10, 10],
    [-1, 0, 10, -10],
    [-10, 0, 10, -10],
    [-11, 0, 10, -20],
    [2, 3, 10, -7],
    [3, 3, 10, 3],
    [-7, 3, 10, -7],
    [-8, 3, 10, -17],
    [5, -4, 10, -4],
    [6, -4, 10, 6],
  ])('timestamp %i with offset %i and size %i is in the window that starts at %i', (timestamp, offset, size, start) => {
    expect(windowStart(timestamp, offset, size)).toBe(start);
    expect(tumblingWindow(timestamp, offset, size)).toEqual({ start, end: start + size });
  });

  it('hold their timestamp, are of the size, and start at the offset modulo the size', () => {
    const whole = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(whole, whole, fc.integer({ min: 1, max: 5_000 }), (timestamp, offset, size) => {
        const window = tumblingWindow(timestamp, offset, size);
        expect(window.start).toBeLessThanOrEqual(timestamp);
        expect(timestamp).toBeLessThan(window.end);
        expect(window.end - window.start).toBe(size);
        expect(Math.abs((window.start - offset) % size)).toBe(0);
      }),
      { seed: 41 },
    );
  });

  it('refuse a timestamp whose window reaches over an end of event time', () => {
    expect(() => tumblingWindow(MAX_TIMESTAMP, 0, 10)).toThrow(JobError);
    expect(() => tumblingWindow(MIN_TIMESTAMP, 0, 10)).toThrow(JobError);
  });
});

describe('lateness', () => {
  const window = { start: 0, end: 10 };

  it('is over for a window when the watermark reaches maxTimestamp + lateness', () => {
    expect(maxTimestampOf(window)).toBe(9);
    expect(cleanupTime(window, 5)).toBe(14);
    expect([8, 9, 10].map((w) => isWindowLate(window, 0, w))).toEqual([false, true, true]);
    expect([13, 14].map((w) => isWindowLate(window, 5, w))).toEqual([false, true]);
  });

  it('is over for an element when the watermark reaches its timestamp + lateness', () => {
    expect([6, 7].map((w) => isElementLate(7, 0, w))).toEqual([false, true]);
    expect([11, 12].map((w) => isElementLate(7, 5, w))).toEqual([false, true]);
  });

  it('saturates at the end of event time instead of losing precision', () => {
    expect(cleanupTime(window, MAX_TIMESTAMP)).toBe(MAX_TIMESTAMP);
    expect(isWindowLate(window, MAX_TIMESTAMP, MAX_TIMESTAMP - 1)).toBe(false);
    expect(isElementLate(7, MAX_TIMESTAMP, MAX_TIMESTAMP - 1)).toBe(false);
    expect(isElementLate(7, MAX_TIMESTAMP, MAX_TIMESTAMP)).toBe(true);
  });

  it('of a window implies lateness of every element in it', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(30), fc.integer({ min: -5, max: 60 }), (timestamp, lateness, watermark) => {
        fc.pre(isWindowLate(window, lateness, watermark));
        expect(isElementLate(timestamp, lateness, watermark)).toBe(true);
      }),
      { seed: 42 },
    );
  });
});
