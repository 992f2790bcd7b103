import { expect, it } from 'vitest';
import { expand } from '../../properties/plan/generate.ts';
import { run } from '../../properties/run/run.ts';
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

it('panes that fire by the clock leave a task that is 18 times slow the time for its input', () => {
  const plan = expand(windows, 'c337f074568832cd');
  expect(plan.config).toMatchObject({ assigner: 1, trigger: 4, slowFactor: 18 });
  expect(run(windows, plan).verdict).toBe('pass');
});

it('the job of a plan is the same for any input', () => {
  const plan = expand(windows, 'c337f074568832cd');
  const one = windows.build({ ...plan, workload: { kind: 'generated', seed: 'one', count: 1 } });
  expect(JSON.stringify(one.job)).toBe(JSON.stringify(windows.build(plan).job));
});
