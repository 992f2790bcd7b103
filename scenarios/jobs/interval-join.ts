/**
 * Two keyed inputs whose elements meet if their times lie within bounds, of either sign, inclusive or exclusive:
 *
 * ```
 *   bids   --hash--> join -> pairs topic                      left + lower <= right <= left + upper
 *   quotes --hash--'  |'---> late-bids, late-quotes topics    what came behind the watermark
 *                     '--hash--> counts -> counts topic       pairs by window: a pair has an event time, too
 * ```
 *
 * Times are multiples of a small step, so that pairs lie at the bounds exactly, and elements and clean-up times at the watermark.
 * One side may go idle, so that the other one moves event time on alone. Left out: outer joins.
 */
import {
  type AggregateFunction,
  defineJob,
  int32,
  int64,
  type JobSpec,
  logSink,
  logSource,
  outputTag,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { planDraws } from '../../properties/plan/draws.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { neverLate } from '../lateness.ts';
import { parameterTable } from '../parameters.ts';

/** `n` tells the elements apart. */
const item = record({ key: string, n: int32, ts: int64 });
type Item = TypeOf<typeof item>;
const pair = record({ key: string, bid: int32, quote: int32, apartMs: int64, draw: int32 });
type Pair = TypeOf<typeof pair>;
const windowCount = record({ key: string, start: int64, count: int32 });
interface Sources {
  readonly bids: Item;
  readonly quotes: Item;
}
const SPLITS = 2;

const parameters = parameterTable({
  /** Distinct keys. */
  keys: [1, 12, 4],
  lowerMs: [-120, 80, -30],
  /** The upper bound lies so far above the lower one. */
  spanMs: [0, 160, 50],
  lowerExclusive: [0, 1, 0, 'even'],
  upperExclusive: [0, 1, 0, 'even'],
  /** All times are multiples of it. */
  stepMs: [1, 10, 10],
  disorderMs: [0, 300, 40],
  delayMs: [0, 300, 40],
  /** A split of the quotes is idle after this time; 0: never. */
  idleMs: [0, 40, 20],
  /** So many bids for a quote. */
  bids: [1, 5, 2],
  /** The function draws a number for each pair, so that its tape is read. */
  draws: [0, 1, 0, 'even'],
  /** Pairs are counted in windows of this size. */
  windowMs: [1, 200, 50],
});
type Numbers = ReturnType<typeof parameters.from>;

const lateBids = outputTag('late-bids', item);
const lateQuotes = outputTag('late-quotes', item);

const counting: AggregateFunction<Pair, number, number> = {
  createAccumulator: () => 0,
  add: (_pair, count) => count + 1,
  getResult: (count) => count,
};

function jobOf(numbers: Numbers): JobSpec {
  const { lowerMs, spanMs, lowerExclusive, upperExclusive, delayMs, idleMs, draws, windowMs } = numbers;
  return defineJob('interval-join', (env) => {
    const watermarks = watermarkPerRecord({ timestamp: ({ ts }: Item) => ts, delayMs });
    const bids = env.fromSource(logSource({ topic: 'bids', type: item }), { uid: 'bids', watermarks });
    const quotes = env.fromSource(logSource({ topic: 'quotes', type: item }), {
      uid: 'quotes',
      watermarks: idleMs === 0 ? watermarks : watermarks.withIdleness(idleMs),
    });
    let join = bids
      .keyBy(({ key }) => key, string)
      .intervalJoin(quotes.keyBy(({ key }) => key, string))
      .between(lowerMs, lowerMs + spanMs)
      .sideOutputLeftLateData(lateBids)
      .sideOutputRightLateData(lateQuotes);
    if (lowerExclusive === 1) join = join.lowerBoundExclusive();
    if (upperExclusive === 1) join = join.upperBoundExclusive();
    const pairs = join.process<Pair>(
      () => ({
        processElement(bid, quote, ctx, out) {
          const apartMs = ctx.rightTimestamp - ctx.leftTimestamp;
          out.collect({ key: bid.key, bid: bid.n, quote: quote.n, apartMs, draw: draws === 1 ? ctx.random(10) : 0 });
        },
      }),
      pair,
      { uid: 'join' },
    );
    pairs.sinkTo(logSink({ topic: 'pairs', type: pair }), { uid: 'pairs' });
    pairs
      .keyBy(({ key }) => key, string)
      .window(tumblingEventTime(windowMs))
      .aggregate(counting, int32, windowCount, ({ key, window, result }) => ({
        key,
        start: window.start,
        count: result,
      }))
      .uid('count')
      .sinkTo(logSink({ topic: 'counts', type: windowCount }), { uid: 'counts' });
    for (const late of [lateBids, lateQuotes])
      pairs.getSideOutput(late).sinkTo(logSink({ topic: late.tag, type: item }), { uid: late.tag });
  });
}

function generate(seed: string, count: number, all: Readonly<Record<string, number>>): Topics<Sources> {
  const { keys, stepMs, disorderMs, bids: perQuote } = parameters.from(all);
  const draws = planDraws(seed)('interval-join');
  const splits = (): Item[][] => Array.from({ length: SPLITS }, () => []);
  const [bids, quotes] = [splits(), splits()];
  for (let i = 0; i < count; i++) {
    const side = draws.below(perQuote + 1) === 0 ? quotes : bids;
    const ts = 10 * i - draws.below(disorderMs + 1);
    side[draws.below(SPLITS)]?.push({ key: `k${draws.below(keys)}`, n: i, ts: ts - (ts % stepMs) });
  }
  return { bids, quotes };
}

export const intervalJoin: Scenario<Sources> = {
  id: 'interval-join',
  has: ['batch'],
  states:
    'Pairs of two inputs whose times lie within bounds, counted by window; late ones aside; one side may go idle.',
  parameters: parameters.list,
  generate,
  build: (plan) => {
    const numbers = parameters.of(plan);
    const topics = topicsOf(intervalJoin, plan);
    const { bids, quotes } = topics;
    const onTime = [bids, quotes].every((splits) => neverLate(splits, ({ ts }) => ts, numbers.delayMs));
    const confluent = onTime && numbers.idleMs === 0 && numbers.draws === 0;
    return { job: jobOf(numbers), topics, confluent };
  },
  expects: { stateEndsEmpty: true },
  recordArbitrary: (_topic, fc) =>
    fc.record(
      { key: fc.nat(11).map((n) => `k${n}`), n: fc.nat(1_000), ts: fc.integer({ min: -300, max: 2_000 }) },
      { noNullPrototype: true },
    ),
};
