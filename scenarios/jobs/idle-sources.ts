/**
 * Splits that fall quiet and come back, one at its own time, so that inputs go idle on every way into an operator:
 *
 * ```
 *   clicks (3 splits) -+--hash--> pane  -> panes topic, late -> late topic       channels of one input
 *                      '--hash--> pair <--hash-- beats (2 splits)                two inputs, timers
 *                                   '-> pairs topic
 *   beats, too far ahead of the clock -> ahead topic
 * ```
 *
 * The plan chooses the generator (periodic, after each record, or one of the job's own), the timeouts of idleness, mostly
 * near the distance of two records, and whether records may lie ahead of the clock. Event times are drawn at the boundaries of windows and
 * watermarks, below 0 too. How long a split is quiet is the world's (`quiet-input`). Left out: sources without an end.
 */
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  customWatermarks,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedCoProcessFunction,
  logSink,
  logSource,
  MIN_TIMESTAMP,
  mapState,
  type OnTimerContext,
  outputTag,
  record,
  string,
  tuple,
  tumblingEventTime,
  type TypeOf,
  type WatermarkStrategy,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { timeOrBoundary } from '../event-times.ts';
import { parameterTable } from '../parameters.ts';

const click = record({ key: string, n: int32, ts: int64 });
type Click = TypeOf<typeof click>;
/** Records of each source topic. */
interface Sources {
  readonly clicks: Click;
  readonly beats: Click;
}
const pane = record({ key: string, start: int64, count: int32, sum: int64 });
const late = outputTag('late', click);
const ahead = outputTag('ahead', click);

const PARTITIONS = { clicks: 3, beats: 2 };
const GENERATORS = ['periodic', 'per-record', 'own'] as const;
/** Wall time at virtual time 0: event times begin there if they are compared with the clock. */
const CLOCK_MS = 1_700_000_000_000;

const parameters = parameterTable({
  /** Of the clicks: 0 periodic, 1 after each record, 2 one of the job's own. */
  generator: [0, GENERATORS.length - 1, 0],
  /** Distinct keys. */
  keys: [1, 8, 3],
  /** A split of the clicks, or of the beats, is idle after this time; 0: never. */
  clicksIdleMs: [0, 40, 8],
  beatsIdleMs: [0, 40, 15],
  /** Watermarks are emitted and splits looked at this often. */
  periodMs: [1, 20, 3],
  /** A record's event time lies at most this far behind that of an earlier one. */
  disorderMs: [0, 200, 40],
  /** Delay of the watermarks. */
  delayMs: [0, 200, 30],
  /** Size of the windows and distance of the ticks. */
  windowMs: [1, 300, 50],
  latenessMs: [0, 200, 20],
  /** Beats further ahead of the clock are sorted out; 0: none are. */
  aheadMs: [0, 400, 0],
  /** Clicks and beats are at most this far apart in event time; 0: as far as they like. */
  driftMs: [0, 300, 0],
  /** A reader says so often where it stands. */
  updateMs: [1, 40, 5],
  /** Records per 1000 whose time is at a boundary. */
  boundaryPer1000: [0, 600, 200],
  /** Event time of the first record, unless it is that of the clock. */
  startMs: [-1_000, 0, -100],
});
type Numbers = ReturnType<typeof parameters.from>;

interface Fold {
  readonly count: number;
  readonly sum: number;
}
const fold = record({ count: int32, sum: int64 });
const counting: AggregateFunction<Click, Fold, Fold> = {
  createAccumulator: () => ({ count: 0, sum: 0 }),
  add: ({ n }, { count, sum }) => ({ count: count + 1, sum: sum + n }),
  getResult: (result) => result,
  merge: (a, b) => ({ count: a.count + b.count, sum: a.sum + b.sum }),
};

/** Counts both sides of a key by tick; says what it has at the end of each, and how far event time had come. */
class Pair implements KeyedCoProcessFunction<string, Click, Click, Click> {
  readonly #counts = mapState('counts', int64, int32);
  readonly #tickMs: number;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  processElement1(value: Click, ctx: KeyedContext<string>): void {
    this.#add(value, 1, ctx);
  }

  processElement2(value: Click, ctx: KeyedContext<string>): void {
    this.#add(value, 1_000, ctx);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Click>): void {
    const counts = ctx.getState(this.#counts);
    out.collect({ key: ctx.currentKey, n: counts.get(timestamp) ?? 0, ts: ctx.timerService.currentWatermark() });
    counts.remove(timestamp);
  }

  #add({ ts }: Click, weight: number, ctx: KeyedContext<string>): void {
    const tick = (Math.floor(ts / this.#tickMs) + 1) * this.#tickMs - 1;
    const counts = ctx.getState(this.#counts);
    counts.put(tick, (counts.get(tick) ?? 0) + weight);
    ctx.timerService.registerEventTimeTimer(tick);
  }
}

const timestamp = ({ ts }: Click): number => ts;

/** Event time follows the second newest record of a split: one that is far ahead alone moves nothing. */
function secondNewest(delayMs: number, periodMs: number): WatermarkStrategy<Click> {
  return customWatermarks({
    timestamp,
    periodMs,
    stateType: tuple(int64, int64),
    generator: {
      createState: (): readonly [number, number] => [MIN_TIMESTAMP, MIN_TIMESTAMP],
      onRecord: ([newest, second], _value, ts): readonly [number, number] =>
        ts > newest ? [ts, newest] : [newest, Math.max(second, ts)],
      watermark: ([, second]) => (second === MIN_TIMESTAMP ? undefined : second - delayMs - 1),
    },
  });
}

function clicksBy({ generator, delayMs, periodMs, clicksIdleMs }: Numbers): WatermarkStrategy<Click> {
  const kind = GENERATORS[generator] ?? 'periodic';
  const strategy =
    kind === 'periodic'
      ? boundedOutOfOrderness({ timestamp, delayMs, periodMs })
      : kind === 'own'
        ? secondNewest(delayMs, periodMs)
        : watermarkPerRecord({ timestamp, delayMs });
  return clicksIdleMs === 0 ? strategy : strategy.withIdleness(clicksIdleMs);
}

function aligned(strategy: WatermarkStrategy<Click>, { driftMs, updateMs }: Numbers): WatermarkStrategy<Click> {
  if (driftMs === 0) return strategy;
  return strategy.withAlignment({ group: 'all', maxDriftMs: driftMs, updateIntervalMs: updateMs });
}

function beatsBy({ delayMs, periodMs, beatsIdleMs, aheadMs }: Numbers): WatermarkStrategy<Click> {
  const strategy = boundedOutOfOrderness({ timestamp, delayMs, periodMs });
  const idling = beatsIdleMs === 0 ? strategy : strategy.withIdleness(beatsIdleMs);
  return idling.withFutureBound({ maxAheadMs: aheadMs === 0 ? Number.MAX_SAFE_INTEGER : aheadMs, output: ahead });
}

function jobOf(numbers: Numbers): JobSpec {
  const { windowMs, latenessMs } = numbers;
  return defineJob('idle-sources', (env) => {
    const clicks = env.fromSource(logSource({ topic: 'clicks', type: click }), {
      uid: 'clicks',
      watermarks: aligned(clicksBy(numbers), numbers),
    });
    const beats = env.fromSource(logSource({ topic: 'beats', type: click }), {
      uid: 'beats',
      watermarks: aligned(beatsBy(numbers), numbers),
    });
    const panes = clicks
      .keyBy((c) => c.key, string)
      .window(tumblingEventTime(windowMs))
      .allowedLateness(latenessMs)
      .sideOutputLateData(late)
      .aggregate(counting, fold, pane, ({ key, window, result }) => ({ key, start: window.start, ...result }))
      .uid('pane');
    panes.sinkTo(logSink({ topic: 'panes', type: pane }), { uid: 'panes' });
    panes.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: click }), { uid: 'late' });
    clicks
      .keyBy((c) => c.key, string)
      .connect(beats.keyBy((b) => b.key, string))
      .process(() => new Pair(windowMs), click, { uid: 'pair' })
      .sinkTo(logSink({ topic: 'pairs', type: click }), { uid: 'pairs' });
    beats.getSideOutput(ahead).sinkTo(logSink({ topic: 'ahead', type: click }), { uid: 'ahead' });
  });
}

/** A third of the records are beats. Event time goes 10 ms a record, about as the records come. */
function generate(seed: string, count: number, params: Readonly<Record<string, number>>): Topics<Sources> {
  const numbers = parameters.from(params);
  const { keys, disorderMs, aheadMs, boundaryPer1000, startMs, windowMs, delayMs, latenessMs } = numbers;
  const draws = planDraws(seed)('idle-sources');
  const boundaries = planDraws(seed)('idle-sources/boundaries');
  const clicks: Click[][] = Array.from({ length: PARTITIONS.clicks }, () => []);
  const beats: Click[][] = Array.from({ length: PARTITIONS.beats }, () => []);
  const start = aheadMs === 0 ? startMs : CLOCK_MS;
  for (let i = 0; i < count; i++) {
    const time = start + 10 * i - draws.below(disorderMs + 1);
    const near = { sizeMs: windowMs, delayMs, latenessMs };
    const made: Click = {
      key: `k${draws.below(keys)}`,
      n: draws.between(1, 40),
      ts: timeOrBoundary(time, boundaryPer1000, near, boundaries),
    };
    if (!draws.chance(333)) clicks[draws.below(PARTITIONS.clicks)]?.push(made);
    else beats[draws.below(PARTITIONS.beats)]?.push(draws.chance(100) ? { ...made, ts: made.ts + 2_000 } : made);
  }
  return { clicks, beats };
}

export const idleSources: Scenario<Sources> = {
  id: 'idle-sources',
  states:
    'Splits that fall quiet and come back, own watermark generators, records ahead of the clock, times at boundaries.',
  parameters: parameters.list,
  // The only one with a bound on the future or alignment.
  weight: 3,
  generate,
  build: (plan) => ({ job: jobOf(parameters.of(plan)), topics: topicsOf(idleSources, plan), confluent: false }),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      {
        key: fc.nat(7).map((n) => `k${n}`),
        n: fc.integer({ min: 1, max: 40 }),
        ts: fc.integer({ min: -1_000, max: 10_000 }),
      },
      { noNullPrototype: true },
    ),
};
