import { expect, it } from 'vitest';
import { expand } from '../../properties/plan/generate.ts';
import { windows } from './windows.ts';

const PLANS = 2_000;
/** By what may be no rarer than so many in 1000 of the plans, and how many kinds there are. */
it.each([
  ['assigner', 10, 80],
  ['trigger', 7, 110],
  ['evictor', 6, 130],
  ['fold', 5, 160],
  ['purging', 2, 200],
] as const)('each kind of %s is drawn often', (name, kinds, least) => {
  const counts = new Map<number, number>();
  for (let i = 0; i < PLANS; i++) {
    const value = expand(windows, `share-${i}`).config[name] ?? 0;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: kinds }, (_, kind) => kind));
  expect(Math.min(...counts.values())).toBeGreaterThan((least * PLANS) / 1_000);
});
