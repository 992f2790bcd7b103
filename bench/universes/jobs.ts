/** Jobs of the built-in scenarios that are measured beside the one of the benchmarks, each in the plan of the small universe. */
import type { Plan } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { scenarios } from '../../scenarios/index.ts';

/** Title of the row, and id of the scenario. */
export const JOBS = [
  ['interval join', 'interval-join'],
  ['join of windows', 'nexmark/q8'],
  ['join with versions', 'table-join'],
  ['asked of a service', 'enrichment'],
] as const;

export function scenarioNamed(id: string): Scenario {
  const scenario = scenarios.find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
  return scenario;
}

/** The same in batch, which has no checkpoints that the kill could wait for. */
export function inBatch(plan: Plan): Plan {
  const incidents = plan.incidents.map(({ what }) => ({
    what,
    when: { kind: 'fact', fact: 'attemptRunning', nth: 2 } as const,
  }));
  return { ...plan, config: { ...plan.config, executionMode: 1 }, incidents };
}
