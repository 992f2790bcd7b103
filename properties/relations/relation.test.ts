import { describe, expect, it } from 'vitest';
import { defineJob, int32, logSink, logSource, noWatermarks } from '../../core/api/index.ts';
import { scenarios } from '../../scenarios/index.ts';
import { type Observed, type Outcome, uncounted, type Violation } from '../outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { fakeScenario } from '../plan/testing/scenario.ts';
import { expand } from '../plan/generate.ts';
import { run } from '../run/run.ts';
import type { Scenario } from '../plan/scenario.ts';
import { disciplines } from './disciplines.ts';
import { RELATIONS } from './index.ts';
import { parallelism } from './parallelism.ts';
import { partitioning } from './partitioning.ts';
import { differenceOf, relate, type Relation } from './relation.ts';
import { schedule } from './schedule.ts';
import { weather } from './weather.ts';

const BROKEN: Violation = { law: 'sinks', anomaly: 'lost', place: 'out', message: 'gone', evidence: [], atUs: 1 };
const outcome = (values: readonly unknown[], verdict: Outcome['verdict'] = 'pass'): Outcome =>
  uncounted({
    verdict,
    violations: verdict === 'fail' ? [BROKEN] : [],
    counters: { attempts: 1 },
    observed: { committed: { out: values } },
    digest: '',
  });
const scenario: Scenario = { ...fakeScenario, build: (plan) => ({ ...fakeScenario.build(plan), confluent: true }) };
const plan: Plan = { ...expand(scenario, '1'), incidents: [], config: { discipline: 1 } };
const own = outcome(['a', 'b', 'a']);
/** The variants give these outcomes, in order; the plans that were run. */
function related(variants: readonly Outcome[], changes: Partial<Plan> = {}, of = scenario, base = own) {
  const ran: Plan[] = [];
  const result = relate([disciplines], of, { ...plan, ...changes }, base, (_, variant) => {
    ran.push(variant);
    return variants[ran.length - 1] ?? own;
  });
  return { ...result, ran: ran.map(({ config }) => config['discipline']) };
}

it('compares topics as multisets, regardless of the order', () => {
  const of = (committed: Observed['committed']): Observed => ({ committed });
  expect(differenceOf(of({ out: [1, 2, 2] }), of({ out: [2, 1, 2] }))).toBeUndefined();
  expect(differenceOf(of({ out: [1, 2, 2] }), of({ out: [1, 2] }))).toEqual({
    topic: 'out',
    what: '2 is committed 2 times, and 1 times in the variant',
  });
  expect(differenceOf(of({}), of({ late: [{ key: 'a' }] }))).toMatchObject({ topic: 'late' });
});

it('runs the plan under the other exactly-once disciplines, and accepts the same output', () => {
  expect(related([outcome(['a', 'a', 'b']), own])).toEqual({ compared: 2, difference: undefined, ran: [0, 2] });
});

it('tells the first difference, and what the variant changed', () => {
  expect(related([own, outcome(['a', 'b'])])).toMatchObject({
    compared: 2,
    difference: {
      relation: 'disciplines',
      topic: 'out',
      what: '"a" is committed 2 times, and 1 times in the variant',
      variant: 'discipline 1 -> 2',
    },
  });
});

it('a variant that breaks a law is a difference, since it is run nowhere else; one that is inconclusive says nothing', () => {
  expect(related([outcome([], 'fail')]).difference).toMatchObject({
    topic: 'laws',
    what: 'the variant breaks sinks/lost/out',
  });
  expect(related([outcome([], 'inconclusive')])).toEqual({ compared: 1, difference: undefined, ran: [0, 2] });
});

it.each<[string, Partial<Plan>, Scenario, Outcome]>([
  [
    'a job that is not confluent',
    {},
    { ...scenario, build: (of) => ({ ...fakeScenario.build(of), confluent: false }) },
    own,
  ],
  ['a run that failed itself', {}, scenario, outcome([], 'fail')],
  ['at-least-once', { config: { discipline: 3 } }, scenario, own],
  ['splits that are assigned late', { config: { discipline: 1, splitAssignmentIntervalMs: 50 } }, scenario, own],
  [
    'a drain, which ends the job somewhere',
    { incidents: [{ when: { kind: 'time', ms: 5 }, what: { kind: 'stop', drain: true } }] },
    scenario,
    own,
  ],
])('says nothing about %s', (_, changes, of, base) => {
  expect(related([outcome([])], changes, of, base)).toEqual({ compared: 0, difference: undefined, ran: [] });
});

const UNBOUNDED = defineJob('unbounded', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: int32, bounded: false }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
});

describe('what each relation changes', () => {
  const workload = { ...fakeScenario.build(plan), topics: { in: [[1, 2, 3], [4]] } };
  const changedBy = (relation: Relation, of: Plan = plan): readonly (readonly string[])[] =>
    relation
      .variants(of, workload, scenario)
      .map((variant) =>
        (Object.keys(variant) as (keyof Plan)[]).filter(
          (part) => JSON.stringify(variant[part]) !== JSON.stringify(of[part]),
        ),
      );

  it.each<[Relation, readonly string[]]>([
    [schedule, ['choices']],
    [parallelism, ['config']],
    [partitioning, ['workload']],
  ])('$name', (relation, parts) => {
    for (const changed of changedBy(relation)) expect(changed).toEqual(parts);
    expect(changedBy(relation).length).toBeGreaterThan(0);
  });

  it('weather: incidents and rates, if there are any', () => {
    expect(changedBy(weather)).toEqual([]);
    const incidents: Plan['incidents'] = [
      { when: { kind: 'time', ms: 5 }, what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 1 } },
    ];
    expect(changedBy(weather, { ...plan, incidents })).toEqual([['incidents']]);
    expect(changedBy(weather, { ...plan, config: { lostReplyPer1000: 5, parallelism: 3 } })).toEqual([['config']]);
  });

  it('partitioning keeps every record, and the order in what is left of a partition', () => {
    const [variant] = partitioning.variants(plan, workload, scenario);
    expect(variant?.workload).toEqual({ kind: 'explicit', topics: { in: [[4], [3], [1, 2]] } });
    const [endless] = partitioning.variants(plan, { ...workload, job: UNBOUNDED }, scenario);
    expect(endless?.workload).toEqual({ kind: 'explicit', topics: { in: [[4], [1, 2, 3]] } });
  });
});

it('a real job holds every relation', () => {
  const confluent = scenarios.find(({ id }) => id === 'earthquakes/exact');
  if (confluent === undefined) throw new Error('there is no such scenario');
  let compared = 0;
  for (const seed of ['a', 'b']) {
    const real = expand(confluent, seed);
    const result = relate(RELATIONS, confluent, real, run(confluent, real), (of, variant) => run(of, variant));
    expect(result.difference).toBeUndefined();
    compared += result.compared;
  }
  expect(compared).toBeGreaterThan(3);
});

it('splits that are assigned at once are one for the watermark of their reader: dividing a partition makes no record late', () => {
  const of = scenarios.find(({ id }) => id === 'topologies');
  if (of === undefined) throw new Error('there is no scenario topologies');
  const divided = expand(of, 'e5588b068382f8b4');
  expect(relate([partitioning], of, divided, run(of, divided), run)).toEqual({ compared: 1 });
});
