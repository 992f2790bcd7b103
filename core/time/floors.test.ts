import { expect, it } from 'vitest';
import { MIN_TIMESTAMP } from '../job/functions.ts';
import { EngineBug } from '../errors.ts';
import { Floors } from './floors.ts';

function restored(): Floors {
  const floors = new Floors({ start: 4, end: 6 });
  floors.restore(4, 100);
  floors.restore(5, 100);
  floors.restore(6, 70);
  return floors;
}
const GROUPS = [4, 5, 6];

it('W1: the effective watermark of a key group is the maximum of the watermark and its floor', () => {
  const floors = restored();
  expect(GROUPS.map((g) => floors.effective(g))).toEqual([100, 100, 70]);
  floors.advance(90);
  expect(GROUPS.map((g) => floors.effective(g))).toEqual([100, 100, 90]);
  floors.advance(120);
  expect(GROUPS.map((g) => floors.effective(g))).toEqual([120, 120, 120]);
});

it('W1: a key group that was not restored has no floor', () => {
  const floors = new Floors({ start: 0, end: 1 });
  floors.restore(1, 7);
  expect(floors.effective(0)).toBe(MIN_TIMESTAMP);
  expect(floors.effective(1)).toBe(7);
});

it('W4: exactly the key groups with a floor below the new watermark are eligible', () => {
  const floors = restored();
  const eligible = (w: number): readonly boolean[] => GROUPS.map(floors.advance(w).eligible);
  expect(eligible(70)).toEqual([false, false, false]);
  expect(eligible(71)).toEqual([false, false, true]);
  expect(eligible(100)).toEqual([false, false, true]);
  expect(eligible(101)).toEqual([true, true, true]);
});

it('W5: forwards the maximum of the watermark and the least floor, only when that rises', () => {
  const floors = restored();
  expect([10, 60, 70, 71, 90, 120].map((w) => floors.advance(w).forward)).toEqual([
    70,
    undefined,
    undefined,
    71,
    90,
    120,
  ]);
});

it('W5: a key group without a floor lets the watermark through as it is', () => {
  const floors = new Floors({ start: 0, end: 1 });
  floors.restore(1, 50);
  expect([10, 20, 60].map((w) => floors.advance(w).forward)).toEqual([10, 20, 60]);
});

it('refuses a key group outside the range, a restore after an advance, and a watermark that does not rise', () => {
  const floors = restored();
  expect(() => floors.effective(7)).toThrow(EngineBug);
  expect(() => floors.restore(3, 1)).toThrow(EngineBug);
  floors.advance(10);
  expect(() => floors.restore(4, 1)).toThrow(EngineBug);
  expect(() => floors.advance(10)).toThrow(EngineBug);
});
