/** What plans of state are made of: each ingredient often enough, and each pair. Pure generation, nothing runs. */
import { expect, it } from 'vitest';
import { cycleOf } from '../properties/campaign/campaign.ts';
import { expand } from '../properties/plan/generate.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { scenarios } from './index.ts';

const IDS = ['sessions', 'pattern', 'join-buffers', 'online-learning', 'dedup', 'evolving', 'forked', 'rules'];
const OPERATOR_STATE = ['evolving', 'forked', 'rules'];
const PLANS = 1_800;

/** Of a parameter or knob, as the plan has it. */
function numberOf(scenario: Scenario, { config }: Plan, name: string): number {
  return config[name] ?? scenario.parameters.find((parameter) => parameter.name === name)?.calm ?? 0;
}

type Ingredient = (scenario: Scenario, plan: Plan) => boolean;
const counts = ({ incidents }: Plan, ...kinds: readonly string[]): number =>
  incidents.filter(({ what }) => kinds.includes(what.kind)).length;
const rescales = (plan: Plan): number =>
  counts(plan, 'rescale', 'rescale-operator', 'upgrade') + ((plan.config['parallelismAfterRestart'] ?? 0) > 0 ? 1 : 0);

const INGREDIENTS: Readonly<Record<string, Ingredient>> = {
  'time to live': (scenario, plan) => numberOf(scenario, plan, 'ttlMs') > 0,
  'state without key': ({ id }) => OPERATOR_STATE.includes(id),
  rescale: (_, plan) => rescales(plan) > 0,
  'chain of rescales': (_, plan) => rescales(plan) > 1,
  upgrade: (_, plan) => counts(plan, 'upgrade') > 0,
  savepoint: (_, plan) =>
    plan.incidents.some(
      ({ what }) => what.kind === 'savepoint' || what.kind === 'stop' || (what.kind === 'upgrade' && !what.dirty),
    ),
  fork: ({ has = [] }, plan) => has.includes('forks') && counts(plan, 'upgrade') > 0,
};

it('each ingredient is in at least 10 % of the plans, and each pair in at least 1 %', () => {
  const chosen = scenarios.filter(({ id }) => IDS.includes(id));
  expect(chosen).toHaveLength(IDS.length);
  const cycle = cycleOf(chosen.map(({ id, weight = 1 }) => ({ scenario: id, weight })));
  const names = Object.keys(INGREDIENTS);
  const seen = new Map<string, number>();
  for (let i = 0; i < PLANS; i++) {
    const scenario = chosen.find(({ id }) => id === cycle[i % cycle.length]);
    if (scenario === undefined) throw new Error('unreachable');
    const plan = expand(scenario, `ingredients-${i}`);
    const has = names.filter((name) => INGREDIENTS[name]?.(scenario, plan));
    for (const [at, name] of has.entries()) {
      for (const other of has.slice(at)) {
        const pair = name === other ? name : `${name} + ${other}`;
        seen.set(pair, (seen.get(pair) ?? 0) + 1);
      }
    }
  }
  const share = (pair: string): number => (100 * (seen.get(pair) ?? 0)) / PLANS;
  const rare = names.flatMap((name, at) =>
    names.slice(at).flatMap((other) => {
      const pair = name === other ? name : `${name} + ${other}`;
      return share(pair) < (name === other ? 10 : 1) ? [`${pair}: ${share(pair).toFixed(1)} %`] : [];
    }),
  );
  expect(rare).toEqual([]);
});
