/**
 * A job that uses a little of everything, so that a plain campaign reaches most of the engine:
 *
 * ```
 *   events -> positive --hash--> profile --hash--> totals -> totals topic
 *                 |                 '--side, rebalance--> notice -> notices topic
 *                 |--union--hash--> tally -> tallies topic
 *   extras -> doubled
 * ```
 *
 * `profile` has value, list, map and aggregating state and timers of both kinds; `totals`, a second keyed stage right behind
 * it, has reducing state; `tally` is a running reduce over a union. What processing time does goes through the context
 * only. Left out: windows
 * and late data, which the other scenarios have.
 */
import {
  aggregatingState,
  type Collector,
  defineJob,
  boundedOutOfOrderness,
  int32,
  int64,
  type JobSpec,
  type KeyedContext,
  type KeyedProcessFunction,
  listState,
  logSink,
  logSource,
  mapState,
  type OnTimerContext,
  outputTag,
  record,
  reducingState,
  string,
  type TypeOf,
  valueState,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { parameterTable } from '../parameters.ts';

const event = record({ key: string, value: int32, ts: int64 });
type Event = TypeOf<typeof event>;
/** Records of each source topic. */
interface Sources {
  readonly events: Event;
  readonly extras: Event;
}
/** What the stages tell each other: why, and two numbers. */
const update = record({ key: string, what: string, n: int32, sum: int64 });
type Update = TypeOf<typeof update>;

const notices = outputTag('notices', update);
const PARTITIONS = { events: 2, extras: 1 };
const RECENT_MAX = 3;
const BUCKETS = 3;
const LONG_AGO_MS = 500;
const NOTHING = { n: 0, sum: 0 };

const parameters = parameterTable({
  /** Distinct keys. */
  keys: [1, 12, 4],
  /** A record's event time lies at most this far behind that of an earlier one. */
  disorderMs: [0, 400, 60],
  /** Delay of the watermarks; below `disorderMs` records come after their watermark. */
  delayMs: [0, 400, 60],
  /** Event-time timers are set for the multiples of this. */
  tickMs: [1, 500, 100],
  /** Processing-time timers are set for this much later, half of them for an eighth of it. */
  holdMs: [1, 1_000, 20],
});

/** Counts and sums a key, remembers its last values and how they fall into buckets, and reports by timers. */
class Profile implements KeyedProcessFunction<string, Event, Update> {
  readonly #total = aggregatingState('total', record({ n: int32, sum: int64 }), {
    createAccumulator: () => ({ n: 0, sum: 0 }),
    add: (value: number, { n, sum }) => ({ n: n + 1, sum: sum + value }),
    getResult: (total) => total,
  });
  readonly #recent = listState('recent', int32);
  readonly #held = valueState('held', int64);
  readonly #buckets = mapState('buckets', int32, int32);
  readonly #tickMs: number;
  readonly #holdMs: number;

  constructor(tickMs: number, holdMs: number) {
    this.#tickMs = tickMs;
    this.#holdMs = holdMs;
  }

  processElement(value: Event, ctx: KeyedContext<string>, out: Collector<Update>): void {
    const total = ctx.getState(this.#total);
    total.add(value.value);
    this.#remember(value.value, ctx);
    out.collect({ key: value.key, what: 'seen', ...(total.get() ?? NOTHING) });

    const { timerService } = ctx;
    const watermark = timerService.currentWatermark();
    if (value.ts <= watermark) ctx.output(notices, { key: value.key, what: 'behind', n: value.value, sum: value.ts });
    const tick = (Math.floor(value.ts / this.#tickMs) + 1) * this.#tickMs;
    if (value.value % 5 === 0) timerService.deleteEventTimeTimer(tick);
    else timerService.registerEventTimeTimer(tick);
    // Behind the watermark, mostly: it waits for the next one.
    if (value.value % 7 === 0) timerService.registerEventTimeTimer(Math.max(0, value.ts - LONG_AGO_MS));
    this.#hold(value.value, ctx);
  }

  /** Some timers are set for a moment before those that wait already, some are taken back. */
  #hold(value: number, ctx: KeyedContext<string>): void {
    const { timerService } = ctx;
    const held = ctx.getState(this.#held);
    const waiting = held.value();
    if (value % 9 === 0 && waiting !== undefined) {
      timerService.deleteProcessingTimeTimer(waiting);
      held.clear();
    }
    if (value % 4 !== 0) return;
    const hold = value % 8 === 0 ? Math.ceil(this.#holdMs / 8) : this.#holdMs;
    const at = timerService.currentProcessingTime() + hold;
    timerService.registerProcessingTimeTimer(at);
    held.update(at);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<string>, out: Collector<Update>): void {
    if (ctx.timeDomain === 'processing') {
      ctx.output(notices, { key: ctx.currentKey, what: 'held', ...(ctx.getState(this.#total).get() ?? NOTHING) });
      return;
    }
    const recent = ctx.getState(this.#recent);
    const values = recent.get();
    recent.clear();
    out.collect({ key: ctx.currentKey, what: 'tick', n: values.length, sum: values.reduce((a, b) => a + b, 0) });
    const buckets = ctx.getState(this.#buckets);
    for (const [bucket, n] of buckets.entries())
      ctx.output(notices, { key: ctx.currentKey, what: `bucket-${bucket}`, n, sum: timestamp });
    buckets.clear();
  }

  #remember(value: number, ctx: KeyedContext<string>): void {
    const recent = ctx.getState(this.#recent);
    recent.add(value);
    if (recent.get().length > RECENT_MAX) recent.update(recent.get().slice(1));
    const buckets = ctx.getState(this.#buckets);
    const bucket = value % BUCKETS;
    if (value % 11 === 0) buckets.remove(bucket);
    else buckets.put(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
}

/** Adds up what `Profile` says, for each kind of update; a timer at each tick puts the sum out and starts over. */
class Totals implements KeyedProcessFunction<string, Update, Update> {
  readonly #sum = reducingState('sum', update, (a, b) => ({ ...a, n: a.n + b.n, sum: a.sum + b.sum }));
  readonly #tickMs: number;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  processElement(value: Update, ctx: KeyedContext<string>): void {
    ctx.getState(this.#sum).add({ key: value.what, what: 'total', n: value.n, sum: value.sum });
    if (ctx.timestamp === undefined) return;
    ctx.timerService.registerEventTimeTimer((Math.floor(ctx.timestamp / this.#tickMs) + 2) * this.#tickMs);
  }

  onTimer(_timestamp: number, ctx: OnTimerContext<string>, out: Collector<Update>): void {
    const sum = ctx.getState(this.#sum);
    const total = sum.get();
    sum.clear();
    if (total !== undefined) out.collect(total);
  }
}

function smokeJob(numbers: Readonly<Record<'delayMs' | 'tickMs' | 'holdMs', number>>): JobSpec {
  const { delayMs, tickMs, holdMs } = numbers;
  const timestamp = (e: Event): number => e.ts;
  return defineJob('smoke', (env) => {
    const events = env.fromSource(logSource({ topic: 'events', type: event }), {
      uid: 'events',
      watermarks: boundedOutOfOrderness({ timestamp, delayMs, periodMs: 5 }),
    });
    const extras = env.fromSource(logSource({ topic: 'extras', type: event }), {
      uid: 'extras',
      watermarks: watermarkPerRecord({ timestamp, delayMs }),
    });
    const positive = events.filter((e) => e.value > 0, { uid: 'positive' });

    const profile = positive
      .keyBy((e) => e.key, string)
      .process(() => new Profile(tickMs, holdMs), update, { uid: 'profile', sideOutputs: [notices] });
    profile
      .keyBy((u) => u.what, string)
      .process(() => new Totals(tickMs), update, { uid: 'totals' })
      .sinkTo(logSink({ topic: 'totals', type: update }), { uid: 'totals-out' });
    profile
      .getSideOutput(notices)
      .rebalance()
      .map((u): Update => ({ ...u, sum: -u.sum }), update, { uid: 'notice' })
      .sinkTo(logSink({ topic: 'notices', type: update }), { uid: 'notices-out' });

    positive
      .union(extras.map((e): Event => ({ ...e, value: 2 * e.value }), event, { uid: 'doubled' }))
      .keyBy((e) => e.value % BUCKETS, int32)
      .reduce(
        (a, b) => ({
          key: a.key < b.key ? a.key : b.key,
          value: (a.value + b.value) % 1_000_003,
          ts: Math.max(a.ts, b.ts),
        }),
        { uid: 'tally' },
      )
      .sinkTo(logSink({ topic: 'tallies', type: event }), { uid: 'tallies-out' });
  });
}

/** A third of the records are extras. Event time starts at 0 and goes 10 ms a record; a few values are not positive. */
function generate(seed: string, count: number, numbers: Readonly<Record<string, number>>): Topics<Sources> {
  const { keys, disorderMs } = parameters.from(numbers);
  const draws = planDraws(seed)('smoke');
  const events: Event[][] = Array.from({ length: PARTITIONS.events }, () => []);
  const extras: Event[] = [];
  for (let i = 0; i < count; i++) {
    const made: Event = {
      key: `key-${draws.below(keys)}`,
      value: draws.between(-2, 40),
      ts: Math.max(0, 10 * i - draws.below(disorderMs + 1)),
    };
    if (draws.chance(333)) extras.push(made);
    else events[draws.below(PARTITIONS.events)]?.push(made);
  }
  return { events, extras: [extras] };
}

export const smoke: Scenario<Sources> = {
  id: 'smoke',
  states: 'Keyed state of every kind, timers of both kinds, side output, rebalance, union, two keyed stages in a row.',
  parameters: parameters.list,
  weight: 2,
  generate,
  build: (plan) => ({ job: smokeJob(parameters.of(plan)), topics: topicsOf(smoke, plan), confluent: false }),
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { key: fc.nat(11).map((n) => `key-${n}`), value: fc.integer({ min: -2, max: 40 }), ts: fc.nat(10_000) },
      { noNullPrototype: true },
    ),
};
