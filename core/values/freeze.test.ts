import { expect, it } from 'vitest';
import { defineJob, int32, logSink, logSource, noWatermarks, record, string, valueState } from '../api/index.ts';
import type { JobSpec } from '../job/spec.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { run } from '../../properties/run/run.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { deepFreeze } from './freeze.ts';

const event = record({ key: string, n: int32 });
const last = valueState('last', event);

/** A job with this body of its process function, over three records of one key. */
function scenarioOf(body: (value: { key: string; n: number }, kept: { n: number } | undefined) => void): Scenario {
  const job: JobSpec = defineJob('mutating', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event, bounded: true }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((value) => value.key, string)
      .process(
        () => ({
          processElement(value, ctx, out) {
            const state = ctx.getState(last);
            body(value, state.value());
            state.update(value);
            out.collect(value);
          },
        }),
        event,
      )
      .uid('mutates')
      .sinkTo(logSink({ topic: 'out', type: event }))
      .uid('out');
  });
  const topics = { in: [[1, 2, 3].map((n) => ({ key: 'k', n }))] };
  return {
    id: 'mutating',
    states: '',
    parameters: [],
    build: () => ({ job, topics, confluent: false }),
    generate: () => topics,
    recordArbitrary: () => {
      throw new Error('not used');
    },
  };
}

const outcomeOf = (scenario: Scenario) =>
  run(scenario, {
    scenario: scenario.id,
    config: {},
    workload: { kind: 'generated', seed: '', count: 3 },
    incidents: [],
    choices: { explicit: [] },
  });

it('a job that changes a record fails by the name of its operator, and of the field', () => {
  const outcome = outcomeOf(
    scenarioOf((value) => {
      value.n = 9;
    }),
  );
  expect(outcome.verdict).toBe('fail');
  expect(outcome.violations.map(signatureOf)).toEqual(['job/mutated/mutates']);
  expect(outcome.violations[0]?.message).toContain('changed record.n');
});

it('a job that changes a state value fails by the name of its operator, and of the field', () => {
  const outcome = outcomeOf(
    scenarioOf((_, kept) => {
      if (kept !== undefined) kept.n = 9;
    }),
  );
  expect(outcome.violations.map(signatureOf)).toEqual(['job/mutated/mutates']);
  expect(outcome.violations[0]?.message).toContain('state "last".n');
});

it('a job that changes nothing holds', () => {
  expect(outcomeOf(scenarioOf(() => undefined)).verdict).toBe('pass');
});

it('what an array has beside its elements is frozen, and what an object inherits is not looked at', () => {
  const list = Object.assign([{ n: 1 }], { meta: { n: 1 } });
  deepFreeze(list);
  expect([list, list[0], list.meta].map((one) => Object.isFrozen(one))).toEqual([true, true, true]);

  const prototype = {
    get asked(): never {
      throw new Error('an inherited getter ran');
    },
  };
  const value: { own?: object } = Object.create(prototype) as object;
  value.own = { n: 1 };
  deepFreeze(value);
  expect(Object.isFrozen(value.own)).toBe(true);
});
