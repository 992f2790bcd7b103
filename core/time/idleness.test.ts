import { expect, it } from 'vitest';
import { boundedOutOfOrderness, customWatermarks, noWatermarks, watermarkPerRecord } from '../job/watermarks.ts';
import { int64 } from '../job/types.ts';
import { IdleTimer, lookPeriodMs } from './idleness.ts';

/** `x`: the split was active before this look. */
const looks = (timeoutMs: number, ...steps: readonly (number | 'x')[]): readonly boolean[] => {
  const timer = new IdleTimer(timeoutMs);
  return steps.flatMap((step) => {
    if (step !== 'x') return [timer.isIdle(step)];
    timer.activity();
    return [];
  });
};

it('the first quiet look starts the clock, and only more than the timeout is idle', () => {
  expect(looks(20, 0, 10, 20, 21)).toEqual([false, false, false, true]);
  expect(looks(20, 'x', 0, 10, 30, 31)).toEqual([false, false, false, true]);
  expect(looks(20, 0, 21, 'x', 30, 40, 60, 61)).toEqual([false, true, false, false, false, true]);
  expect(looks(25, 'x', 0, 10, 20, 30, 'x', 40, 50, 75, 76)).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
});

it('time in which the split could not be read does not count, and what went before it does', () => {
  const timer = new IdleTimer(20);
  const looks = [0, 10, 20, 30, 40, 45, 51].map((ms) => timer.isIdle(ms, ms === 20 || ms === 30 || ms === 45));
  // By the clock of the split: 0, 10, 10, 10, 20, 20, 26.
  expect(looks).toEqual([false, false, false, false, false, false, true]);
});

it('a reader looks at each period of its generator, without one at every half of the timeout', () => {
  const timestamp = (n: number): number => n;
  const own = { createState: () => 0, onRecord: (n: number) => n, watermark: (n: number) => n };
  const periods = [
    noWatermarks({ timestamp }),
    noWatermarks({ timestamp }).withIdleness(1),
    watermarkPerRecord({ timestamp, delayMs: 0 }).withIdleness(25),
    boundedOutOfOrderness({ timestamp, delayMs: 0, periodMs: 7 }),
    boundedOutOfOrderness({ timestamp, delayMs: 0, periodMs: 7 }).withIdleness(100),
    customWatermarks({ timestamp, generator: own, stateType: int64 }).withIdleness(9),
    customWatermarks({ timestamp, generator: own, stateType: int64, periodMs: 3 }),
  ].map(lookPeriodMs);
  expect(periods).toEqual([0, 1, 12, 7, 7, 4, 3]);
});
