/**
 * The job of the benchmarks: three vertices, so six tasks at parallelism 2, with keyed state, an event-time window and a
 * transactional sink.
 *
 * ```
 *   in --hash--> counted --hash--> spans + out topic
 * ```
 *
 * What it commits is a function of its input alone: the running count of a key stays in the state, no record is late,
 * and a window adds up. So all variants of a measurement must commit the same. Left out: side outputs, late records.
 */
import fc from 'fast-check';
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  record,
  sessionEventTime,
  slidingEventTime,
  tumblingEventTime,
  type TypeOf,
  type WindowAssigner,
  valueState,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';

const event = record({ key: int32, value: int32, ts: int64 });
type Event = TypeOf<typeof event>;
const span = record({ bucket: int32, start: int64, sum: int64 });

const PARTITIONS = 2;
const KEYS = 16;
const BUCKETS = 4;
const DISORDER_MS = 40;
const WINDOW_MS = 200;

class Counted implements KeyedProcessFunction<number, Event, Event> {
  readonly #count = valueState('count', int32);

  processElement(value: Event, ctx: KeyedContext<number>, out: Collector<Event>): void {
    const count = ctx.getState(this.#count);
    count.update((count.value() ?? 0) + 1);
    out.collect(value);
  }
}

/** In the same plan: one pane a record, ten, and windows that merge. */
export const WINDOW_KINDS = ['tumbling', 'sliding', 'session'] as const;
type WindowKind = (typeof WINDOW_KINDS)[number];
const ASSIGNERS: Readonly<Record<WindowKind, WindowAssigner>> = {
  tumbling: tumblingEventTime(WINDOW_MS),
  sliding: slidingEventTime(WINDOW_MS, WINDOW_MS / 10),
  session: sessionEventTime(WINDOW_MS / 10),
};

const sum: AggregateFunction<Event, number, number> = {
  createAccumulator: () => 0,
  add: ({ value }, total) => total + value,
  getResult: (total) => total,
  merge: (a, b) => a + b,
};

function job(windows: WindowKind): JobSpec {
  return defineJob('bench', (env) => {
    env
      .fromSource(logSource({ topic: 'in', type: event }), {
        uid: 'in',
        watermarks: boundedOutOfOrderness({ timestamp: (e: Event) => e.ts, delayMs: DISORDER_MS, periodMs: 20 }),
      })
      .keyBy((e) => e.key, int32)
      .process(() => new Counted(), event, { uid: 'counted' })
      .keyBy((e) => e.key % BUCKETS, int32)
      .window(ASSIGNERS[windows])
      .aggregate(sum, int64, span, ({ key, window, result }) => ({ bucket: key, start: window.start, sum: result }))
      .uid('spans')
      .sinkTo(logSink({ topic: 'out', type: span }), { uid: 'out' });
  });
}

/** Event time goes on 10 ms a record; no record is more than `DISORDER_MS` behind an earlier one. */
function generate(seed: string, count: number): Topics {
  const draws = planDraws(seed)('bench');
  const partitions: Event[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < count; i++) {
    const ts = Math.max(0, 10 * i - draws.below(DISORDER_MS));
    partitions[i % PARTITIONS]?.push({ key: draws.below(KEYS), value: draws.below(1_000), ts });
  }
  return { in: partitions };
}

/** The job of the benchmarks with other windows in its second stage. */
export function benchScenarioOf(windows: WindowKind): Scenario {
  return { ...benchScenario, build: (plan) => ({ ...benchScenario.build(plan), job: job(windows), confluent: false }) };
}

export const benchScenario: Scenario = {
  id: 'bench',
  states: 'The job of the benchmarks: source, keyed state, window, sink; six tasks at parallelism 2.',
  parameters: [],
  generate,
  build: (plan) => ({ job: job('tumbling'), topics: topicsOf(benchScenario, plan), confluent: true }),
  recordArbitrary: () =>
    fc.record({ key: fc.nat(KEYS - 1), value: fc.nat(999), ts: fc.nat(10_000) }, { noNullPrototype: true }),
};
