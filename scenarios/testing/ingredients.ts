/** What the plans of a campaign are made of: how often each ingredient is in one, and each group of them. Nothing runs. */
import { cycleOf } from '../../properties/campaign/campaign.ts';
import { expand } from '../../properties/plan/generate.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { scenarios } from '../index.ts';

/** The ingredients of so many plans of some scenarios, mixed by their weights. Throws if there is no such scenario. */
export function ingredientsOf<I extends string>(
  ids: readonly string[],
  count: number,
  ingredients: (scenario: Scenario, plan: Plan) => Iterable<I>,
): readonly ReadonlySet<I>[] {
  const byId = new Map(scenarios.map((scenario) => [scenario.id, scenario]));
  const chosen = (id: string): Scenario => {
    const scenario = byId.get(id);
    if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
    return scenario;
  };
  const cycle = cycleOf(ids.map((id) => ({ scenario: id, weight: chosen(id).weight ?? 1 })));
  return Array.from({ length: count }, (_, i) => {
    const scenario = chosen(cycle[i % cycle.length] ?? '');
    return new Set(ingredients(scenario, expand(scenario, `ingredients-${i}`)));
  });
}

/** Groups of which less than so many percent of the plans have all members, with their shares. */
export function rarerThan<I extends string>(
  percent: number,
  plans: readonly ReadonlySet<I>[],
  groups: readonly (readonly I[])[],
): readonly string[] {
  return groups.flatMap((group) => {
    const share = (100 * plans.filter((plan) => group.every((one) => plan.has(one))).length) / plans.length;
    return share < percent ? [`${group.join(' + ')}: ${share.toFixed(1)} %`] : [];
  });
}

export function incidentsOf({ incidents }: Plan, ...kinds: readonly string[]): number {
  return incidents.filter(({ what }) => kinds.includes(what.kind)).length;
}

/** How often a plan may go to another parallelism. */
export function rescalesOf(plan: Plan): number {
  const chosen = incidentsOf(plan, 'rescale', 'rescale-operator', 'upgrade');
  return chosen + ((plan.config['parallelismAfterRestart'] ?? 0) > 0 ? 1 : 0);
}
