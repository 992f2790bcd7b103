/** Jobs whose turns take no end, as far as that can be counted: the job is named, in every run of a plan. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineJob,
  type DataStream,
  int64,
  type KeyedProcessFunction,
  logSink,
  logSource,
  record,
  string,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { topicsOf } from '../plan/explicit.ts';
import type { Scenario } from '../plan/scenario.ts';
import { signatureOf, type Violation } from '../outcome.ts';
import { run, type RunOptions } from './run.ts';

const event = record({ key: string, ts: int64 });
type Event = TypeOf<typeof event>;

interface Job {
  readonly bounded?: boolean;
  readonly stream: (events: DataStream<Event>) => DataStream<Event>;
}

function judged({ bounded = true, stream }: Job, options: RunOptions = {}): readonly Violation[] {
  const job = defineJob('endless', (env) => {
    const events = env.fromSource(logSource({ topic: 'in', type: event, bounded }), {
      uid: 'in',
      watermarks: watermarkPerRecord({ timestamp: (e) => e.ts, delayMs: 0 }),
    });
    stream(events).sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
  });
  const topics = {
    in: [
      [
        { key: 'a', ts: 1 },
        { key: 'b', ts: 3 },
      ],
    ],
  };
  const scenario: Scenario = {
    id: 'endless',
    states: '',
    parameters: [],
    generate: () => topics,
    build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: false }),
    recordArbitrary: () => fc.constant(topics.in[0]?.[0]),
  };
  const plan = {
    scenario: 'endless',
    config: {},
    workload: { kind: 'explicit', topics },
    incidents: [],
    choices: { explicit: [] },
  } as const;
  return run(scenario, plan, options).violations;
}

function keyed(create: () => KeyedProcessFunction<string, Event, Event>): Job['stream'] {
  return (events) => events.keyBy((e) => e.key, string).process(create, event, { uid: 'spin' });
}

interface Expected {
  readonly message: string;
  readonly record: string;
}
const DEFAULT: RunOptions = {};

it.each<readonly [string, Job, Expected, RunOptions]>([
  [
    'a flatMap of a generator without an end',
    {
      stream: (events) =>
        events.flatMap(
          function* (e) {
            while (e.ts === 3) yield e;
          },
          event,
          { uid: 'spin' },
        ),
    },
    { message: 'emits more than 100000 elements for one record', record: '{"key":"b","ts":3}' },
    DEFAULT,
  ],
  [
    'a loop that collects for ever',
    {
      stream: keyed(() => ({
        processElement: (e, _ctx, out) => {
          while (e.ts === 3) out.collect(e);
        },
      })),
    },
    { message: 'emits more than 100000 elements for one record', record: '{"key":"b","ts":3}' },
    DEFAULT,
  ],
  [
    'an event-time timer that always sets another one, at the end of the input',
    {
      stream: keyed(() => ({
        processElement: (e, ctx) => {
          ctx.timerService.registerEventTimeTimer(e.ts + 1_000);
        },
        onTimer: (timestamp, ctx) => {
          ctx.timerService.registerEventTimeTimer(timestamp + 1_000);
        },
      })),
    },
    { message: 'event-time timers that were due at once: at the end of the input', record: 'event-time timer' },
    DEFAULT,
  ],
  [
    'a processing-time timer for a moment that has passed',
    {
      bounded: false,
      stream: keyed(() => ({
        processElement: (_e, ctx) => {
          ctx.timerService.registerProcessingTimeTimer(ctx.timerService.currentProcessingTime());
        },
        onTimer: (timestamp, ctx) => {
          ctx.timerService.registerProcessingTimeTimer(timestamp);
        },
      })),
    },
    { message: 'processing-time timers for a moment that has passed', record: 'processing-time timer' },
    DEFAULT,
  ],
  [
    'a processing-time timer for now, in a job that has no end itself',
    {
      bounded: false,
      stream: keyed(() => ({
        processElement: (_e, ctx) => {
          ctx.timerService.registerProcessingTimeTimer(ctx.timerService.currentProcessingTime());
        },
        onTimer: (_timestamp, ctx) => {
          ctx.timerService.registerProcessingTimeTimer(ctx.timerService.currentProcessingTime());
        },
      })),
    },
    { message: 'more than 500 processing-time timers have fired in one run', record: 'processing-time timer' },
    { timersMax: 500 },
  ],
])('%s', (_, job, expected, options) => {
  const violations = judged(job, options);
  expect(violations.map(signatureOf)).toEqual(['job/endless/spin']);
  const [violation] = violations;
  expect(violation?.message).toContain(`operator spin: `);
  expect(violation?.message).toContain(expected.message);
  expect(JSON.stringify(violation?.evidence)).toContain(expected.record.replaceAll('"', String.raw`\"`));
  expect(judged(job, { ...options, laws: false }).map(signatureOf)).toEqual(['job/endless/spin']);
});

it('a timer that sets itself for ever is no fault where the data bring it to an end', () => {
  const violations = judged({
    stream: keyed(() => ({
      processElement: (e, ctx) => {
        ctx.timerService.registerEventTimeTimer(e.ts + 1);
      },
      onTimer: (timestamp, ctx, out) => {
        if (timestamp < 2_000) ctx.timerService.registerEventTimeTimer(timestamp + 1);
        else out.collect({ key: ctx.currentKey, ts: timestamp });
      },
    })),
  });
  expect(violations).toEqual([]);
});
