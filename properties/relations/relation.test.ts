import { expect, it } from 'vitest';
import type { Observed, Outcome, Violation } from '../outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { fakeScenario } from '../plan/testing/scenario.ts';
import { expand } from '../plan/generate.ts';
import type { Scenario } from '../plan/scenario.ts';
import { disciplines } from './disciplines.ts';
import { differenceOf, relate } from './relation.ts';

const BROKEN: Violation = { law: 'sinks', anomaly: 'lost', place: 'out', message: 'gone', evidence: [], atUs: 1 };
const COUNTERS = {
  sourceRecords: 0,
  events: 0,
  draws: 0,
  virtualUs: 0,
  checkpointsTriggered: 0,
  attempts: 1,
  checkpointsCompleted: 0,
  checkpointsAborted: 0,
  inFlightRecords: 0,
  inFlightBytes: 0,
  replayedRecords: 0,
  pendingProcessingTimers: 0,
  restores: 0,
  incidents: {},
};
const outcome = (values: readonly unknown[], verdict: Outcome['verdict'] = 'pass'): Outcome => ({
  verdict,
  violations: verdict === 'fail' ? [BROKEN] : [],
  marks: [],
  counters: COUNTERS,
  checkpoints: [],
  observed: { committed: { out: values } },
  digest: '',
  reason: undefined,
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
