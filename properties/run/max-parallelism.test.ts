/** Whole runs in which later versions of a job declare no number of key groups, and have that of their state (SEMANTICS U1). */
import { expect, it } from 'vitest';
import type { Probe } from '../../core/facts.ts';
import { evolving } from '../../scenarios/jobs/evolving.ts';
import { forked } from '../../scenarios/jobs/forked.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Plan } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run } from './run.ts';

const at = (nth: number): Incident['when'] => ({
  kind: 'fact',
  fact: 'checkpointCompleted',
  nth,
  where: { kind: 'checkpoint' },
});
const upgradeAt = (nth: number, dirty: boolean, parallelism: number): Incident => ({
  what: { kind: 'upgrade', dirty, parallelism },
  when: at(nth),
});
const INCIDENTS: readonly Incident[] = [
  upgradeAt(1, true, 3),
  { what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 }, when: at(2) },
  { what: { kind: 'rescale', parallelism: 2 }, when: at(3) },
  upgradeAt(4, false, 1),
];
function plan(scenario: Scenario, config: Plan['config'], incidents = INCIDENTS): Plan {
  return {
    scenario: scenario.id,
    config: { checkpointIntervalMs: 40, recordIntervalUs: 8_000, parallelism: 2, ...config },
    workload: { kind: 'generated', seed: 'key-groups', count: 160 },
    incidents,
    choices: { seed: 'key-groups' },
  };
}
const NUMBERS = { maxParallelism: 7, maxParallelismSpread: 20, maxParallelismForgotten: 1 };

/** By attempt, how many key groups the operator has; only the last subtask has the last of them. */
function keyGroupsOf(operator: string): { readonly probe: Probe; readonly numbers: number[] } {
  const numbers: number[] = [];
  const probe: Probe = {
    taskOpened: ({ task, parallelism, keyGroups }) => {
      if (task.vertex === operator && task.subtask === parallelism - 1 && keyGroups !== undefined)
        numbers.push(keyGroups.end + 1);
    },
  };
  return { probe, numbers };
}

it('the number of the first version holds over upgrades, a failure and a rescale', () => {
  const { probe, numbers } = keyGroupsOf('profile');
  const outcome = run(evolving, plan(evolving, NUMBERS), { listeners: [probe] });
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(outcome.marks).toContain('max-parallelism-from-state');
  expect(numbers.length).toBeGreaterThanOrEqual(5);
  expect(new Set(numbers).size).toBe(1);
  expect(numbers[0]).not.toBe(128);
  // The same numbers, said by every version.
  const said = keyGroupsOf('profile');
  const declared = run(evolving, plan(evolving, { ...NUMBERS, maxParallelismForgotten: 0 }), {
    listeners: [said.probe],
  });
  expect(declared).toMatchObject({ verdict: 'pass', violations: [] });
  expect(declared.marks).not.toContain('max-parallelism-from-state');
  expect(new Set(said.numbers)).toEqual(new Set(numbers));
});

it('without a checkpoint of the version before there is no state to take it from', () => {
  const { probe, numbers } = keyGroupsOf('profile');
  const early: Incident = { what: { kind: 'upgrade', dirty: true, parallelism: 2 }, when: { kind: 'time', ms: 30 } };
  const config = { ...NUMBERS, checkpointIntervalMs: 400 };
  const outcome = run(evolving, plan(evolving, config, [early]), { listeners: [probe] });
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(outcome.marks).not.toContain('max-parallelism-from-state');
  expect(numbers.at(-1)).toBe(128);
});

it('forks have it from the savepoint of another job', () => {
  const { probe, numbers } = keyGroupsOf('totals');
  const incidents = [upgradeAt(1, false, 3), upgradeAt(2, false, 1)];
  const outcome = run(forked, plan(forked, NUMBERS, incidents), { listeners: [probe] });
  expect(outcome).toMatchObject({ verdict: 'pass', violations: [] });
  expect(outcome.marks).toContain('max-parallelism-from-state');
  expect(numbers.length).toBeGreaterThanOrEqual(3);
  expect(new Set(numbers).size).toBe(1);
});
