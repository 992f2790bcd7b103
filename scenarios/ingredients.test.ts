/** What plans of state are made of: each ingredient often enough, and each pair. Pure generation, nothing runs. */
import { expect, it } from 'vitest';
import { parametersOf } from '../properties/plan/parameters.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { incidentsOf, ingredientsOf, rarerThan, rescalesOf } from './testing/ingredients.ts';

const IDS = ['sessions', 'pattern', 'join-buffers', 'online-learning', 'dedup', 'evolving', 'forked', 'rules'];
const OPERATOR_STATE = ['evolving', 'forked', 'rules'];
const PLANS = 1_800;

const INGREDIENTS: Readonly<Record<string, (scenario: Scenario, plan: Plan) => boolean>> = {
  'time to live': ({ parameters }, plan) => (parametersOf(parameters, plan)['ttlMs'] ?? 0) > 0,
  'state without key': ({ id }) => OPERATOR_STATE.includes(id),
  rescale: (_, plan) => rescalesOf(plan) > 0,
  'chain of rescales': (_, plan) => rescalesOf(plan) > 1,
  upgrade: (_, plan) => incidentsOf(plan, 'upgrade') > 0,
  savepoint: (_, plan) =>
    plan.incidents.some(
      ({ what }) => what.kind === 'savepoint' || what.kind === 'stop' || (what.kind === 'upgrade' && !what.dirty),
    ),
  query: (_, plan) => incidentsOf(plan, 'query') > 0,
  fork: ({ has = [] }, plan) => has.includes('forks') && incidentsOf(plan, 'upgrade') > 0,
};

it('each ingredient is in at least 10 % of the plans, and each pair in at least 1 %', () => {
  const all = Object.entries(INGREDIENTS);
  const plans = ingredientsOf(IDS, PLANS, (scenario, plan) =>
    all.filter(([, isIn]) => isIn(scenario, plan)).map(([name]) => name),
  );
  const names = Object.keys(INGREDIENTS);
  const pairs = names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other]));
  expect(
    rarerThan(
      10,
      plans,
      names.map((name) => [name]),
    ),
  ).toEqual([]);
  expect(rarerThan(1, plans, pairs)).toEqual([]);
});
