import { expect, it } from 'vitest';
import { run } from '../../properties/run/run.ts';
import { universePlan } from '../workloads.ts';
import { KILLS, type Part, partOf } from './parts.ts';
import { benchScenario } from './scenario.ts';

it('each part does what it is subtracted for', () => {
  const plan = universePlan('universe-by-reference');
  const did = (part: Part): readonly number[] => {
    const { checkpoints, counters, observed } = run(benchScenario, partOf(plan, part), { laws: false });
    return [
      observed.committed['out']?.length ?? 0,
      checkpoints.length,
      counters.incidents['kill'] ?? 0,
      counters.attempts,
    ];
  };
  const [nothing, records, checkpoints, restarts] = (['start', 'records', 'checkpoints', 'restarts'] as const).map(did);
  expect(nothing).toEqual([0, 1, 0, 1]);
  expect(records?.slice(1)).toEqual([1, 0, 1]);
  expect(checkpoints?.[1]).toBeGreaterThan(10);
  expect(restarts?.slice(2)).toEqual([KILLS, KILLS + 1]);
  expect([checkpoints?.[0], restarts?.[0]]).toEqual([records?.[0], records?.[0]]);
});
