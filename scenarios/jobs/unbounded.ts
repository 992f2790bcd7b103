/**
 * A job that never ends by itself: its sources have no end, so its windows come to theirs only by the watermarks that the
 * records give, and the run ends by a stop once everything is at rest (`properties/run/rest.ts`).
 *
 * ```
 *   readings (no end) -+--hash--> pane  -> panes topic, late -> late topic
 *                      '--union---------.
 *   limits             ---scaled--------+--hash--> tick -> ticks topic, heartbeats -> heartbeats topic
 * ```
 *
 * The plan chooses the second source: there is none, it has no end either, or it ends while the other one goes on. With
 * `heartbeatMs` each key of `tick` has a timer of processing time that sets itself anew for ever. With `discoveryMs` the first source
 * looks for partitions that are added to its topic; what they bring may be late. With `idleMs` its quiet splits, and its readers without a
 * split, do not hold event time back.
 */
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  type DataStream,
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  logSink,
  logSource,
  mapState,
  type OnTimerContext,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import { configOf } from '../../properties/plan/knobs.ts';
import type { Plan, Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { timeOrBoundary } from '../event-times.ts';
import { neverLate } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

const reading = record({ key: string, value: int32, ts: int64 });
type Reading = TypeOf<typeof reading>;
const pane = record({ key: string, start: int64, count: int32, sum: int64 });
const late = outputTag('late', reading);
const heartbeats = outputTag('heartbeats', reading);

const READINGS_PARTITIONS = 4;
const LIMITS = ['none', 'endless', 'ending'] as const;
type Limits = (typeof LIMITS)[number];

const parameters = parameterTable({
  /** The second source: 0 none, 1 without an end, 2 with one. */
  limits: [0, LIMITS.length - 1, 0],
  /** Distinct keys. */
  keys: [1, 12, 4],
  /** A record's event time lies at most this far behind that of an earlier one. */
  disorderMs: [0, 400, 60],
  /** Delay of the watermarks; below `disorderMs` records come after their watermark. */
  delayMs: [0, 400, 60],
  /** Watermarks are emitted this often, in processing time. */
  periodMs: [1, 50, 5],
  /** Size of the windows, and distance of the ticks, in event time. */
  windowMs: [10, 1_000, 200],
  /** A key's heartbeat comes this often; 0: it has none. */
  heartbeatMs: [0, 300, 0],
  /** Records per 1000 whose time is at a boundary of a window or of the watermark. */
  boundaryPer1000: [0, 500, 0],
  /** Event time of the first record: windows below 0, and one that straddles it. */
  startMs: [-2_000, 0, 0],
  /** The readings are looked through for new partitions this often; 0: never. */
  discoveryMs: [0, 120, 0, 'even'],
  /** A split of the readings, or a reader of them without one, is idle after this time; 0: never. */
  idleMs: [0, 60, 0],
});
type Numbers = ReturnType<typeof parameters.from>;

interface Fold {
  readonly count: number;
  readonly sum: number;
}
const fold = record({ count: int32, sum: int64 });
const counting: AggregateFunction<Reading, Fold, Fold> = {
  createAccumulator: () => ({ count: 0, sum: 0 }),
  add: ({ value }, { count, sum }) => ({ count: count + 1, sum: sum + value }),
  getResult: (result) => result,
  merge: (a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum }),
};

/** Adds up what a key had in each tick and puts it out at its end; a sum, so that the order of the input does not show. */
class Tick implements KeyedProcessFunction<string, Reading, Reading> {
  readonly #sums = mapState('sums', int64, int32);
  readonly #beats = valueState('beats', int32);
  readonly #tickMs: number;
  readonly #heartbeatMs: number;

  constructor(tickMs: number, heartbeatMs: number) {
    this.#tickMs = tickMs;
    this.#heartbeatMs = heartbeatMs;
  }

  processElement(value: Reading, ctx: KeyedContext<string>): void {
    const sums = ctx.getState(this.#sums);
    const tick = (Math.floor(value.ts / this.#tickMs) + 1) * this.#tickMs;
    sums.put(tick, (sums.get(tick) ?? 0) + value.value);
    ctx.timerService.registerEventTimeTimer(tick);
    if (this.#heartbeatMs > 0 && ctx.getState(this.#beats).value() === undefined) this.#beat(0, ctx);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Reading>): void {
    if (ctx.timeDomain === 'processing') {
      const beats = (ctx.getState(this.#beats).value() ?? 0) + 1;
      ctx.output(heartbeats, { key: ctx.currentKey, value: beats, ts: timestamp });
      this.#beat(beats, ctx);
      return;
    }
    const sums = ctx.getState(this.#sums);
    out.collect({ key: ctx.currentKey, value: sums.get(timestamp) ?? 0, ts: timestamp });
    sums.remove(timestamp);
  }

  #beat(beats: number, ctx: KeyedContext<string>): void {
    ctx.getState(this.#beats).update(beats);
    const { timerService } = ctx;
    timerService.registerProcessingTimeTimer(timerService.currentProcessingTime() + this.#heartbeatMs);
  }
}

const timestamp = (value: Reading): number => value.ts;

function limitsOf(numbers: Numbers): Limits {
  return LIMITS[numbers.limits] ?? 'none';
}

function withLimits(env: JobEnvironment, readings: DataStream<Reading>, numbers: Numbers): DataStream<Reading> {
  const kind = limitsOf(numbers);
  if (kind === 'none') return readings;
  const limits = env.fromSource(logSource({ topic: 'limits', type: reading, bounded: kind === 'ending' }), {
    uid: 'limits',
    watermarks: watermarkPerRecord({ timestamp, delayMs: numbers.delayMs }),
  });
  limits.setParallelism(1);
  return readings.union(
    limits.map((value): Reading => ({ ...value, value: -value.value }), reading, { uid: 'scaled' }),
  );
}

function jobOf(numbers: Numbers): JobSpec {
  const { delayMs, periodMs, windowMs, heartbeatMs, discoveryMs, idleMs } = numbers;
  const watermarks = boundedOutOfOrderness({ timestamp, delayMs, periodMs });
  return defineJob('unbounded', (env) => {
    const readings = env.fromSource(
      logSource({ topic: 'readings', type: reading, bounded: false, discoveryIntervalMs: discoveryMs }),
      {
        uid: 'readings',
        watermarks: idleMs === 0 ? watermarks : watermarks.withIdleness(idleMs),
      },
    );
    const panes = readings
      .keyBy((r) => r.key, string)
      .window(tumblingEventTime(windowMs))
      .sideOutputLateData(late)
      .aggregate(counting, fold, pane, ({ key, window, result }) => ({ key, start: window.start, ...result }))
      .uid('pane');
    panes.sinkTo(logSink({ topic: 'panes', type: pane }), { uid: 'panes' });
    panes.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: reading }), { uid: 'late' });

    const ticks = withLimits(env, readings, numbers)
      .keyBy((r) => r.key, string)
      .process(() => new Tick(windowMs, heartbeatMs), reading, { uid: 'tick', sideOutputs: [heartbeats] });
    ticks.sinkTo(logSink({ topic: 'ticks', type: reading }), { uid: 'ticks' });
    ticks.getSideOutput(heartbeats).sinkTo(logSink({ topic: 'heartbeats', type: reading }), { uid: 'heartbeats' });
  });
}

/**
 * A source that looks for partitions never tells a reader without a split that none will come, so that event time waits for it
 * (SEMANTICS V9): how far it comes depends on when the job was given more readers than there are splits.
 */
function eachReaderHasSplit(plan: Plan): boolean {
  const { parallelism, parallelismAfterRestart } = configOf(plan).job;
  const rescaled = plan.incidents.map(({ what }) => ('parallelism' in what ? what.parallelism : 1));
  return Math.max(parallelism, parallelismAfterRestart, ...rescaled) <= READINGS_PARTITIONS;
}

/** A quarter of the records are limits, if there are any. Event time goes 10 ms a record. */
function generate(seed: string, count: number, params: Readonly<Record<string, number>>): Topics {
  const numbers = parameters.from(params);
  const { keys, disorderMs, startMs, boundaryPer1000, windowMs, delayMs } = numbers;
  const draws = planDraws(seed)('unbounded');
  const boundaries = planDraws(seed)('unbounded/boundaries');
  const readings: Reading[][] = Array.from({ length: READINGS_PARTITIONS }, () => []);
  const limits: Reading[] = [];
  for (let i = 0; i < count; i++) {
    const made: Reading = {
      key: `sensor-${draws.below(keys)}`,
      value: draws.between(1, 40),
      ts: timeOrBoundary(
        startMs + Math.max(0, 10 * i - draws.below(disorderMs + 1)),
        boundaryPer1000,
        { sizeMs: windowMs, delayMs, latenessMs: 0 },
        boundaries,
      ),
    };
    if (draws.chance(250) && limitsOf(numbers) !== 'none') limits.push(made);
    else readings[draws.below(READINGS_PARTITIONS)]?.push(made);
  }
  return limitsOf(numbers) === 'none' ? { readings } : { readings, limits: [limits] };
}

export const unbounded: Scenario = {
  id: 'unbounded',
  states: 'Sources without an end, windows, late data and timers of both kinds: the job is stopped once it is at rest.',
  parameters: parameters.list,
  grows: true,
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const topics = topicsOf(unbounded, plan);
    const isOrdered = Object.values(topics).every((partitions) =>
      neverLate(partitions as readonly (readonly Reading[])[], timestamp, numbers.delayMs),
    );
    const { heartbeatMs, discoveryMs, idleMs } = numbers;
    // What comes back from idleness may be late by schedule alone.
    const confluent = isOrdered && heartbeatMs === 0 && idleMs === 0 && (discoveryMs === 0 || eachReaderHasSplit(plan));
    return { job: jobOf(numbers), topics, confluent };
  },
  shapeOf: (plan) => limitsOf(parameters.of(plan)),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      {
        key: fc.nat(11).map((n) => `sensor-${n}`),
        value: fc.integer({ min: 1, max: 40 }),
        ts: fc.integer({ min: -10_000, max: 10_000 }),
      },
      { noNullPrototype: true },
    ),
};
