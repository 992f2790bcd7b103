/** The scenario's own numbers of a plan. */
import type { Parameter } from './scenario.ts';
import type { Plan } from './plan.ts';

/** Every parameter, by name: what the plan says, else the calm default. */
export function parametersOf(
  parameters: readonly Parameter[],
  plan: Pick<Plan, 'config'>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(parameters.map(({ name, calm }) => [name, plan.config[name] ?? calm]));
}
