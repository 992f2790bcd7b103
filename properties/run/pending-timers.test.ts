import { expect, it } from 'vitest';
import { defineJob, int64, logSink, logSource, noWatermarks, record, string } from '../../core/api/index.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run } from './run.ts';

const event = record({ key: string, at: int64 });
const TOPICS = { in: [['a', 'b', 'a', 'c'].map((key, at) => ({ key, at }))] };

/** Each record registers a processing-time timer so many milliseconds ahead. */
function pendingAfter(delayMs: number, laws = true): number {
  const job = defineJob('timers', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event, bounded: true }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: (e) => e.at }),
      })
      .keyBy((e) => e.key, string)
      .process<string>(
        () => ({
          processElement: (_e, { timerService }) =>
            timerService.registerProcessingTimeTimer(timerService.currentProcessingTime() + delayMs),
          onTimer: (_timestamp, ctx, out) => out.collect(ctx.currentKey),
        }),
        string,
      )
      .uid('late')
      .sinkTo(logSink({ topic: 'out', type: string }))
      .uid('out');
  });
  const scenario: Scenario = {
    id: 'timers',
    states: '',
    parameters: [],
    build: () => ({ job, topics: TOPICS, confluent: false }),
    generate: () => TOPICS,
    recordArbitrary: () => {
      throw new Error('not used');
    },
  };
  const plan = {
    scenario: 'timers',
    config: { recordIntervalUs: 50_000, stepCostUs: 100 },
    workload: { kind: 'explicit', topics: TOPICS },
    incidents: [],
    choices: { explicit: [] },
  } as const;
  const { verdict, counters } = run(scenario, plan, { laws });
  expect(verdict).toBe('pass');
  return counters.pendingProcessingTimers;
}

it('processing-time timers that are pending when the input ends never fire, and are counted', () => {
  expect(pendingAfter(60_000)).toBe(4);
  // The last one is registered as the input ends.
  expect(pendingAfter(20)).toBeLessThanOrEqual(1);
  expect(pendingAfter(60_000, false)).toBe(0);
});
