import { expect, it } from 'vitest';
import { FACT_KINDS, type Probe } from '../../core/facts.ts';
import { scenarios } from '../../scenarios/index.ts';
import { run } from '../run/run.ts';
import { expand } from './generate.ts';
import { ALL_MOMENTS } from './moments.ts';

const RUNS_MAX = 60;

it('every moment at which an incident may fire is a fact that runs state', () => {
  const wanted = new Set(ALL_MOMENTS.map(({ fact }) => fact));
  expect(wanted.size).toBeGreaterThan(30);
  const listener: Probe = Object.fromEntries(FACT_KINDS.map((kind) => [kind, () => wanted.delete(kind)]));
  for (let i = 0; i < RUNS_MAX && wanted.size > 0; i++) {
    const scenario = scenarios[i % scenarios.length];
    if (scenario !== undefined) run(scenario, expand(scenario, `moments ${i}`), { laws: false, listeners: [listener] });
  }
  expect([...wanted]).toEqual([]);
});
