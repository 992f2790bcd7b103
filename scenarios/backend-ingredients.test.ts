/**
 * What plans of state backends, the disk and local recovery are made of: each ingredient often enough, and each pair that goes
 * together. Pure generation, nothing runs.
 */
import { beforeAll, expect, it } from 'vitest';
import { configOf } from '../properties/plan/knobs.ts';
import { parametersOf } from '../properties/plan/parameters.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import { diskErrors } from '../sim/faults/disk-errors.ts';
import { diskStalls } from '../sim/faults/disk-stalls.ts';
import { failedSyncs } from '../sim/faults/failed-syncs.ts';
import { shortReads } from '../sim/faults/short-reads.ts';
import { writtenBack } from '../sim/faults/written-back.ts';
import { incidentsOf, ingredientsOf, rarerThan, rescalesOf } from './testing/ingredients.ts';

/** All of them have keyed state that grows. */
const IDS = [
  'sessions',
  'dedup',
  'evolving',
  'forked',
  'join-buffers',
  'big-state',
  'topologies',
  'online-learning',
  'nexmark/q7',
];
const PLANS = 2_000;
/** It takes two seconds; beside other work, more. */
const HOOK_MS = 60_000;

const isLsm = (plan: Plan): boolean => configOf(plan).job.stateBackend === 'lsm';
const isIncremental = (plan: Plan): boolean => isLsm(plan) && configOf(plan).job.checkpointing.incremental;
const isForked = ({ has = [] }: Scenario, plan: Plan): boolean =>
  has.includes('forks') && incidentsOf(plan, 'upgrade') > 0;
/** Which of two versions claim the savepoint that they start from: a bit for each. */
const claimsOf = ({ parameters }: Scenario, plan: Plan): number => parametersOf(parameters, plan)['claims'] ?? 0;
const BOTH = 3;
const OF_DISK = [diskErrors, diskStalls, failedSyncs, shortReads, writtenBack].flatMap(({ knobs }) =>
  Object.keys(knobs),
);

const INGREDIENTS: Readonly<Record<string, (scenario: Scenario, plan: Plan) => boolean>> = {
  heap: (_, plan) => !isLsm(plan),
  lsm: (_, plan) => isLsm(plan),
  incremental: (_, plan) => isIncremental(plan),
  full: (_, plan) => !isIncremental(plan),
  claim: (scenario, plan) => isForked(scenario, plan) && claimsOf(scenario, plan) > 0,
  'no-claim': (scenario, plan) => isForked(scenario, plan) && claimsOf(scenario, plan) < BOTH,
  'chain of rescales': (_, plan) => rescalesOf(plan) > 1,
  'local recovery': (_, plan) => configOf(plan).job.localRecovery,
  'disk faults': (_, { config }) => OF_DISK.some((name) => (config[name] ?? 0) > 0),
};
const EXCLUSIVE: readonly (readonly [string, string])[] = [
  ['heap', 'lsm'],
  ['heap', 'incremental'],
  ['incremental', 'full'],
];

let plans: readonly ReadonlySet<string>[] = [];
beforeAll(() => {
  plans = ingredientsOf(IDS, PLANS, (scenario, plan) =>
    Object.entries(INGREDIENTS).flatMap(([name, isIn]) => (isIn(scenario, plan) ? [name] : [])),
  );
}, HOOK_MS);

const names = Object.keys(INGREDIENTS);

it('each ingredient is in one plan of ten', () => {
  const each = names.map((name) => [name]);
  expect(rarerThan(10, plans, each)).toEqual([]);
});

it('each two that go together are in one plan of a hundred', () => {
  const pairs = names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const));
  const together = pairs.filter(([one, other]) => !EXCLUSIVE.some(([a, b]) => a === one && b === other));
  expect(rarerThan(1, plans, together)).toEqual([]);
});
