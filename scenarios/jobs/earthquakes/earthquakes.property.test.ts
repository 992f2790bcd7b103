import { describe, expect, it } from 'vitest';
import { expand } from '../../../properties/plan/generate.ts';
import { disciplineOf } from '../../../properties/plan/knobs.ts';
import type { Plan } from '../../../properties/plan/plan.ts';
import { run, type RunResult } from '../../../properties/run/run.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import {
  type Earthquake,
  type ExpectedPane,
  expectedOutput,
  readEarthquakes,
  totals,
  windowStart,
} from './expected.mjs';
import { exact, spread } from './index.ts';

const file = readEarthquakes();

/** A generated plan with faults, over the whole file, with these parameters. */
function planOf(scenario: Scenario, seed: string, numbers: Plan['config']): Plan {
  const plan = expand(scenario, seed);
  const wholeFile = scenario.parameters.find(({ name }) => name === 'wholeFile')?.max ?? 0;
  return { ...plan, config: { ...plan.config, ...numbers, wholeFile } };
}

/** Runs with crashes only: the first seeds whose run restores a checkpoint. At least once, it may count a record twice. */
function crashedRun(scenario: Scenario, name: string, numbers: Plan['config']): RunResult {
  for (let i = 0; i < 20; i++) {
    const plan = planOf(scenario, `${name}/${i}`, numbers);
    if (disciplineOf(plan) === 'at-least-once') continue;
    const result = run(scenario, plan);
    expect({ verdict: result.verdict, violations: result.violations, seed: `${name}/${i}` }).toMatchObject({
      verdict: 'pass',
      violations: [],
    });
    if (result.counters.restores > 0) return result;
  }
  throw new Error('none of 20 plans restores a checkpoint');
}

const panesOf = (result: RunResult): readonly ExpectedPane[] =>
  (result.observed.committed['panes'] ?? []) as readonly ExpectedPane[];
const lateOf = (result: RunResult): readonly Earthquake[] =>
  (result.observed.committed['late'] ?? []) as readonly Earthquake[];
const byNetAndStart = (a: ExpectedPane, b: ExpectedPane): number =>
  a.net === b.net ? a.start - b.start : a.net < b.net ? -1 : 1;
const byId = (a: Earthquake, b: Earthquake): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

describe('exact, on the whole file with crashes', () => {
  it.each([
    [0, 908, 161],
    [1, 859, 167],
    [6, 646, 197],
    [24, 298, 237],
    [48, 112, 253],
    [72, 24, 256],
    [168, 0, 256],
  ])(
    'with a watermark delay of %i h commits the table of the script: %i late records, %i panes',
    (delayHours, late, panes) => {
      const expected = expectedOutput(file, delayHours);
      expect([expected.late.length, expected.panes.length]).toEqual([late, panes]);
      const result = crashedRun(exact, `exact-${delayHours}`, { delayHours });
      expect([...panesOf(result)].sort(byNetAndStart)).toEqual(expected.panes);
      expect([...lateOf(result)].sort(byId)).toEqual([...expected.late].sort(byId));
    },
  );
});

describe('spread, on the whole file with crashes', () => {
  it.each([
    [0, 0],
    [0, 5],
    [24, 0],
    [72, 12],
  ])(
    'with a delay of %i h and a lateness of %i h has each record on time or late, once',
    (delayHours, latenessHours) => {
      const result = crashedRun(spread, `spread-${delayHours}-${latenessHours}`, {
        delayHours,
        latenessHours,
        parallelism: 3,
      });
      const counts = new Map<string, number>();
      // With a lateness a pane may fire again; its last firing has the largest count.
      for (const { net, start, count } of panesOf(result))
        counts.set(`${net} ${start}`, Math.max(count, counts.get(`${net} ${start}`) ?? 0));
      for (const { net, time } of lateOf(result))
        counts.set(`${net} ${windowStart(time)}`, (counts.get(`${net} ${windowStart(time)}`) ?? 0) + 1);
      expect(counts).toEqual(totals(file));
      expect(new Set(lateOf(result).map(({ id }) => id)).size).toBe(lateOf(result).length);
      if (latenessHours === 0)
        expect(panesOf(result).length).toBe(new Set(panesOf(result).map(({ net, start }) => `${net} ${start}`)).size);
    },
  );
});
