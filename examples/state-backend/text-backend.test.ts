import {
  boundedOutOfOrderness,
  defineJob,
  int32,
  int64,
  logSink,
  logSource,
  record,
  string,
  tumblingEventTime,
} from 'millrace';
import { defaultParts, stateBackendContract } from 'millrace/parts';
import { expand, run, type Scenario, topicsOf } from 'millrace/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textBackend } from './text-backend.ts';

describe('the contract of state backends', () => {
  for (const { name, check } of stateBackendContract(textBackend)) it(name, check);
});

const order = record({ shop: string, cents: int32, at: int64 });
const turnover = record({ shop: string, start: int64, cents: int32 });

const job = defineJob('turnover', (env) => {
  env
    .fromSource(logSource({ topic: 'orders', type: order }), {
      uid: 'orders',
      watermarks: boundedOutOfOrderness({ timestamp: ({ at }) => at, delayMs: 5, periodMs: 10 }),
    })
    .keyBy(({ shop }) => shop, string)
    .window(tumblingEventTime(20))
    .aggregate(
      {
        createAccumulator: () => 0,
        add: ({ cents }, sum) => sum + cents,
        getResult: (sum) => sum,
        merge: (a, b) => a + b,
      },
      int32,
      turnover,
      ({ key, window, result }) => ({ shop: key, start: window.start, cents: result }),
    )
    .uid('turnover')
    .sinkTo(logSink({ topic: 'turnover', type: turnover }), { uid: 'sink' });
});

const scenario: Scenario = {
  id: 'turnover',
  states: 'Turnover of shops in windows.',
  parameters: [],
  generate: (_, count) => ({
    orders: [Array.from({ length: count }, (_unused, i) => ({ shop: `shop-${i % 7}`, cents: i, at: i }))],
  }),
  build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: true }),
  recordArbitrary: () =>
    fc.record({ shop: fc.constantFrom('a', 'b'), cents: fc.nat(99), at: fc.nat(999) }, { noNullPrototype: true }),
};

it('holds in a campaign: every law compares what it saves and restores with the model', () => {
  let restores = 0;
  for (let i = 0; i < 40; i++) {
    const parts = { ...defaultParts, stateBackend: textBackend };
    const { verdict, violations, counters } = run(scenario, expand(scenario, `text-${i}`), { parts });
    expect({ i, verdict, violations }).toEqual({ i, verdict: 'pass', violations: [] });
    restores += counters.restores;
  }
  expect(restores).toBeGreaterThan(15);
});
