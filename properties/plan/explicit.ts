/**
 * Writes a plan out: every record instead of "so many from a seed", every draw that differs from 0 instead of a seed.
 * The result is the same run, and each of its elements can be taken away on its own.
 */
import type { Override } from '../../sim/kernel/types.ts';
import type { Scenario } from './scenario.ts';
import { parametersOf } from './parameters.ts';
import type { Plan, Topics } from './plan.ts';

/** What the sources of the plan hold. */
export function topicsOf<R extends object>(scenario: Scenario<R>, plan: Plan): Topics<R> {
  // Records that are written out come from the scenario, or were compared with the types of its sources when they were read.
  if (plan.workload.kind === 'explicit') return plan.workload.topics as Topics<R>;
  const { seed, count } = plan.workload;
  return scenario.generate(seed, count, parametersOf(scenario.parameters, plan));
}

/** `overrides`: the draws that a run of this very plan recorded. */
export function explicitPlan(scenario: Scenario, plan: Plan, overrides: readonly Override[]): Plan {
  return {
    ...plan,
    workload: { kind: 'explicit', topics: topicsOf(scenario, plan) },
    choices: { explicit: overrides },
  };
}
