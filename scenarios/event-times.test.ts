import { expect, it } from 'vitest';
import { planDraws } from '../properties/plan/draws.ts';
import { boundaryNear, timeOrBoundary } from './event-times.ts';

const DICE = planDraws('event times')('test');

it('draws both sides of every boundary of a window: its end, with delay and with lateness', () => {
  const drawn = new Set(
    Array.from({ length: 3_000 }, () => boundaryNear(105, { sizeMs: 10, delayMs: 300, latenessMs: 2_000 }, DICE)),
  );
  for (const base of [110, 410, 2_110, 2_410, -190, -1_890]) {
    expect([base - 1, base, base + 1].filter((time) => drawn.has(time))).toHaveLength(3);
  }
  expect(drawn.size).toBe(18);
});

it('windows below 0 end where the formula says, and an offset moves them', () => {
  const at = (time: number, offsetMs: number): ReadonlySet<number> =>
    new Set(
      Array.from({ length: 200 }, () => boundaryNear(time, { sizeMs: 10, offsetMs, delayMs: 0, latenessMs: 0 }, DICE)),
    );
  expect([...at(-1, 0)].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
  expect([...at(-10, 0)].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
  expect([...at(-11, 3)].sort((a, b) => a - b)).toEqual([-8, -7, -6]);
});

it('the others keep their time', () => {
  expect(timeOrBoundary(105, 0, { sizeMs: 10, delayMs: 0, latenessMs: 0 }, DICE)).toBe(105);
  expect(timeOrBoundary(105, 1_000, { sizeMs: 10, delayMs: 0, latenessMs: 0 }, DICE)).not.toBe(105);
});
