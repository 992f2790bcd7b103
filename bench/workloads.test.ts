import { expect, it } from 'vitest';
import { run } from '../properties/run/run.ts';
import { benchScenario } from './universes/scenario.ts';
import { checkWorkloads, member, universePlan } from './workloads.ts';

it('every workload is the work that was recorded; after a change that is meant to change runs: node dist/bench.mjs --record', () => {
  for (const { name, recorded, found } of checkWorkloads()) expect(`${name} ${found}`).toBe(`${name} ${recorded}`);
});

it.each(['discipline-unaligned', 'discipline-timeout'])('a universe of %s persists in-flight records', (name) => {
  const runs = Array.from({ length: 10 }, (_, n) => run(benchScenario, member(universePlan(name), n)));
  expect(runs.map(({ verdict }) => verdict)).toEqual(runs.map(() => 'pass'));
  expect(runs.filter(({ counters }) => counters.inFlightRecords > 0).length).toBeGreaterThan(3);
});

it.each(['universe-by-reference', 'universe-over-bytes'])(
  'a universe of %s has six tasks, 200 records, 3 checkpoints, a crash',
  (name) => {
    const plan = member(universePlan(name), 7);
    const tasks = new Set<string>();
    const { verdict, counters } = run(benchScenario, plan, {
      listeners: [{ taskOpened: ({ task }) => void tasks.add(`${task.vertex}[${task.subtask}]`) }],
    });
    expect(verdict).toBe('pass');
    expect(tasks.size).toBe(6);
    expect(counters.sourceRecords).toBe(200);
    expect(counters.checkpointsCompleted).toBeGreaterThanOrEqual(3);
    expect(counters.restores).toBe(1);
    expect(counters.incidents).toEqual({ kill: 1 });
  },
);
