import { expect, it } from 'vitest';
import {
  defineJob,
  int32,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
  type TypeOf,
} from '../../core/api/index.ts';
import { signatureOf } from '../outcome.ts';
import type { Scenario } from '../plan/scenario.ts';
import { run, type RunResult } from './run.ts';

const event = record({ key: string, n: int32 });
const TOPICS = { in: [[1, 2, 3].map((n) => ({ key: 'k', n }))] };

const START_MS = 1_700_000_000_000;

/** A job that throws on purpose, by the clock, until so long after the start; then it goes on. */
function throwing(untilMs: number, restartOnJobFaults: boolean): RunResult {
  const job = defineJob('throwing', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event, bounded: true }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .keyBy((e) => e.key, string)
      .process(
        () => ({
          processElement(e: TypeOf<typeof event>, ctx, out) {
            if (e.n === 2 && ctx.timerService.currentProcessingTime() < START_MS + untilMs)
              throw new Error('on purpose');
            out.collect(e);
          },
        }),
        event,
        { uid: 'm' },
      )
      .sinkTo(logSink({ topic: 'out', type: event }))
      .uid('out');
  });
  const scenario: Scenario = {
    id: 'throwing',
    states: '',
    parameters: [],
    build: () => ({ job, topics: TOPICS, confluent: false, restartOnJobFaults }),
    generate: () => TOPICS,
    recordArbitrary: () => {
      throw new Error('not used');
    },
  };
  return run(scenario, {
    scenario: 'throwing',
    config: {},
    workload: { kind: 'explicit', topics: TOPICS },
    incidents: [],
    choices: { explicit: [] },
  });
}

it('a job that throws fails at once, by name', () => {
  const { violations, counters } = throwing(Infinity, false);
  expect(violations.map(signatureOf)).toEqual(['job/threw/m']);
  expect(counters.attempts).toBe(1);
});

it('a job that throws on purpose restarts, if its scenario asks for it, and loses nothing', () => {
  const { verdict, counters, observed } = throwing(300, true);
  expect(verdict).toBe('pass');
  expect(counters.attempts).toBeGreaterThan(1);
  expect(observed.committed['out']).toHaveLength(3);
});

it('one that throws for ever fails by the same name once its restarts are used up', () => {
  const { violations } = throwing(Infinity, true);
  expect(violations.map(signatureOf)).toEqual(['job/threw/m']);
});
