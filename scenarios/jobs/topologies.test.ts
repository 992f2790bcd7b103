import { describe, expect, it } from 'vitest';
import { canonical } from '../../properties/model/equal.ts';
import { sequentialOutput } from '../../properties/model/sequential.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { run } from '../../properties/run/run.ts';
import { topologies } from './topologies.ts';

const SHAPES = ['pair', 'diamond', 'rules', 'lookup', 'stages', 'uneven'];

function plan(config: Plan['config'], incidents: Plan['incidents'] = []): Plan {
  return {
    scenario: topologies.id,
    config,
    workload: { kind: 'generated', seed: 'a', count: 80 },
    incidents,
    choices: { seed: 'a' },
  };
}
/** A machine is lost in the middle of the input, and the job goes on at another parallelism. */
const CRASH: Plan['incidents'] = [
  {
    what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 },
    when: { kind: 'fact', fact: 'checkpointCompleted', nth: 2 },
  },
  { what: { kind: 'rescale', parallelism: 3 }, when: { kind: 'fact', fact: 'checkpointCompleted', nth: 4 } },
];
const BUSY = { recordIntervalUs: 20_000, checkpointIntervalMs: 60 };

describe.each(SHAPES.map((name, shape) => [name, shape] as const))('%s', (_, shape) => {
  it.each([0, 1, 2, 3, 4, 5])(
    'holds with spread %i, over a crash and a rescaling, and emits what the sequential model says',
    (spread) => {
      const chosen = plan(
        { ...BUSY, shape, spread, spreadAfter: (spread + 2) % 6, lastParallelism: spread % 4 },
        CRASH,
      );
      const { job, topics, confluent } = topologies.build(chosen);
      const { verdict, violations, observed, counters } = run(topologies, chosen);
      expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] });
      expect(counters.restores).toBeGreaterThan(0);
      if (!confluent) return;
      for (const [topic, expected] of sequentialOutput(job, topics)) {
        const counts = new Map<string, number>();
        for (const value of observed.committed[topic] ?? [])
          counts.set(canonical(value), (counts.get(canonical(value)) ?? 0) + 1);
        expect(counts).toEqual(expected);
      }
    },
  );
});

it('is confluent only where neither a broadcast nor a late record can make a difference', () => {
  const confluent = (config: Plan['config']): boolean => topologies.build(plan(config)).confluent;
  expect([0, 1, 2, 3, 4, 5].map((shape) => confluent({ shape }))).toEqual([true, true, false, false, true, true]);
  expect(confluent({ shape: 4, spread: 5 })).toBe(false);
  expect(confluent({ shape: 3, turn: 1 })).toBe(true);
});

it('finds slots for an operator that declares more subtasks than the job has', () => {
  const { verdict } = run(topologies, plan({ taskManagers: 1, parallelism: 1, shape: 4, lastParallelism: 4 }));
  expect(verdict).toBe('pass');
});
