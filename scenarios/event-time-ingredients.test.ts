/**
 * What the plans of the jobs about event time are made of, without running any: each ingredient is in at least one plan of ten,
 * and each two of them that a job can have together in one of a hundred, with the scenarios' own weights.
 *
 * No job has splits that go idle, a bound on the future or alignment beside windows that are not tumbling: these are paired with
 * each other, with tumbling windows and with what the world does.
 */
import { beforeAll, expect, it } from 'vitest';
import type { OperatorSpec } from '../core/job/spec.ts';
import { disciplineOf } from '../properties/plan/knobs.ts';
import type { Plan } from '../properties/plan/plan.ts';
import { incidentsOf, ingredientsOf, rarerThan, rescalesOf } from './testing/ingredients.ts';

const IDS = [
  'nexmark/q5',
  'nexmark/q7',
  'nexmark/q11',
  'nexmark/q12',
  'earthquakes/sessions',
  'earthquakes/sliding',
  'idle-sources',
  'timers',
  'windows',
];
const PLANS = 1_300;
/** It takes two seconds; beside other work, more. */
const HOOK_MS = 60_000;

/** Of windows: each goes with each other one of another row, and with what follows. */
const OF_WINDOWS = [
  ['tumbling', 'sliding', 'sessions', 'windows of the clock'],
  ['another trigger'],
  ['evictor'],
  ['window function'],
  ['lateness'],
] as const;
const OF_SOURCES = ['idleness', 'future bound', 'alignment'] as const;
const OF_WORLD = ['kill', 'overtaking barriers', 'rescaled', 'quiet input'] as const;
type Ingredient =
  (typeof OF_WINDOWS)[number][number] | (typeof OF_SOURCES)[number] | (typeof OF_WORLD)[number] | 'timers';

function* ofOperator(operator: OperatorSpec): Generator<Ingredient, void> {
  if (operator.kind === 'process' || operator.kind === 'coProcess') yield 'timers';
  if (operator.kind === 'source') {
    const { idleTimeoutMs, futureBound, alignment } = operator.watermarks;
    if (idleTimeoutMs !== undefined) yield 'idleness';
    if (futureBound !== undefined) yield 'future bound';
    if (alignment !== undefined) yield 'alignment';
  }
  if (operator.kind !== 'window') return;
  const { assigner, trigger, evictor, create, allowedLatenessMs } = operator;
  if (assigner.kind === 'tumbling' || assigner.kind === 'sliding') yield assigner.kind;
  if (assigner.kind === 'session') yield 'sessions';
  if (assigner.kind !== 'global' && assigner.domain === 'processing') yield 'windows of the clock';
  if (trigger.kind !== 'eventTime' && trigger.kind !== 'processingTime') yield 'another trigger';
  if (evictor !== undefined) yield 'evictor';
  if (create !== undefined) yield 'window function';
  if (allowedLatenessMs > 0) yield 'lateness';
}

function* ofPlan(plan: Plan): Generator<Ingredient, void> {
  if (incidentsOf(plan, 'kill') > 0) yield 'kill';
  if (rescalesOf(plan) > 0) yield 'rescaled';
  if (['unaligned', 'timeout'].includes(disciplineOf(plan))) yield 'overtaking barriers';
  if ((plan.config['quietPer1000'] ?? 0) > 0) yield 'quiet input';
}

let plans: readonly ReadonlySet<Ingredient>[] = [];
beforeAll(() => {
  plans = ingredientsOf(IDS, PLANS, (scenario, plan) => [
    ...scenario.build(plan).job.nodes.flatMap(({ operator }) => [...ofOperator(operator)]),
    ...ofPlan(plan),
  ]);
}, HOOK_MS);

const windowPairs = OF_WINDOWS.flatMap((row, i) =>
  row.flatMap((one) => OF_WINDOWS.slice(i + 1).flatMap((other) => other.map((two) => [one, two] as const))),
);
const ofJobs: readonly Ingredient[] = [...OF_WINDOWS.flat(), ...OF_SOURCES, 'timers'];
const worldPairs = OF_WORLD.flatMap((one, i) => [
  ...OF_WORLD.slice(i + 1).map((other) => [one, other] as const),
  ...ofJobs.map((other) => [one, other] as const),
]);
const sourcePairs = OF_SOURCES.flatMap((one, i) => [
  ...OF_SOURCES.slice(i + 1).map((other) => [one, other] as const),
  [one, 'tumbling'] as const,
  [one, 'timers'] as const,
  [one, 'lateness'] as const,
]);

it('each ingredient is in one plan of ten', () => {
  const each = [...ofJobs, ...OF_WORLD].map((one) => [one]);
  expect(rarerThan(10, plans, each)).toEqual([]);
});

it('each two that go together are in one plan of a hundred', () => {
  expect(rarerThan(1, plans, [...windowPairs, ...worldPairs, ...sourcePairs])).toEqual([]);
});
