/**
 * The queries of Nexmark that join, over the one event topic:
 *
 * | query | what it does                                                       | what it is good for                         |
 * |-------|--------------------------------------------------------------------|---------------------------------------------|
 * | q3    | who sells in some states and categories                            | a join for ever: keyed state, no event time |
 * | q4    | the mean price at which auctions of a category close, by window    | a join that feeds windows                   |
 * | q6    | the mean of the last ten prices of a seller, as auctions close     | a join that feeds state in order of time    |
 * | q8    | who is new and sells in the same window                            | a window join                               |
 * | q9    | the winning bid of each auction, when it closes                    | bids that come before their auction; timers |
 *
 * q9: the highest bid between an auction's beginning and its end, if it is not below the reserve; auctions last at most a
 * minute, so a bid waits that long for its auction.
 */
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type Collector,
  defineJob,
  int64,
  type JobEnvironment,
  type JobSpec,
  type KeyedContext,
  type KeyedCoProcessFunction,
  type KeyedProcessFunction,
  listState,
  logSink,
  logSource,
  type OnTimerContext,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  valueState,
} from '../../../core/api/index.ts';
import { type Auction, auction, type Bid, bid, type Event, event, type Person, person } from './events.ts';
import { EVENTS_TOPIC, higher, type WatermarkNumbers } from './queries.ts';

function events(env: JobEnvironment, { delayMs, periodMs }: WatermarkNumbers) {
  const all = env.fromSource(logSource({ topic: EVENTS_TOPIC, type: event }), {
    uid: 'events',
    watermarks: boundedOutOfOrderness<Event>({ timestamp: (e) => e.dateTime, delayMs, periodMs }),
  });
  const only = <T>(part: (e: Event) => T | null) => {
    return (e: Event): readonly T[] => {
      const one = part(e);
      return one === null ? [] : [one];
    };
  };
  return {
    persons: all.flatMap(
      only((e) => e.person),
      person,
      { uid: 'persons' },
    ),
    auctions: all.flatMap(
      only((e) => e.auction),
      auction,
      { uid: 'auctions' },
    ),
    bids: all.flatMap(
      only((e) => e.bid),
      bid,
      { uid: 'bids' },
    ),
  };
}

// ---- q3

const STATES: ReadonlySet<string> = new Set(['OR', 'ID', 'CA', 'WA']);
const offer = record({ name: string, city: string, state: string, auction: int64 });
type Offer = TypeOf<typeof offer>;

const seller = valueState('seller', person);
const waiting = listState('waiting', int64);

/** The first person of an id stays; auctions wait for theirs. */
class Sellers implements KeyedCoProcessFunction<number, Person, Auction, Offer> {
  processElement1(one: Person, ctx: KeyedContext<number>, out: Collector<Offer>): void {
    if (ctx.getState(seller).value() !== undefined) return;
    ctx.getState(seller).update(one);
    for (const id of ctx.getState(waiting).get()) out.collect(offerOf(one, id));
    ctx.getState(waiting).clear();
  }

  processElement2({ id }: Auction, ctx: KeyedContext<number>, out: Collector<Offer>): void {
    const known = ctx.getState(seller).value();
    if (known === undefined) ctx.getState(waiting).add(id);
    else out.collect(offerOf(known, id));
  }
}

function offerOf({ name, city, state }: Person, id: number): Offer {
  return { name, city, state, auction: id };
}

/** Auctions of the first so many categories. */
export function q3(watermarks: WatermarkNumbers, categories: number): JobSpec {
  return defineJob('nexmark-q3', (env) => {
    const { persons, auctions } = events(env, watermarks);
    persons
      .filter(({ state }) => STATES.has(state), { uid: 'states' })
      .keyBy(({ id }) => id, int64)
      .connect(
        auctions.filter((a) => a.category < 10 + categories, { uid: 'categories' }).keyBy((a) => a.seller, int64),
      )
      .process(() => new Sellers(), offer, { uid: 'sellers' })
      .sinkTo(logSink({ topic: 'q3', type: offer }), { uid: 'q3' });
  });
}

// ---- q8

const newSeller = record({ id: int64, name: string, auction: int64 });

export function q8(watermarks: WatermarkNumbers, windowMs: number): JobSpec {
  return defineJob('nexmark-q8', (env) => {
    const { persons, auctions } = events(env, watermarks);
    persons
      .join(auctions)
      .where(({ id }) => id, int64)
      .equalTo((a) => a.seller)
      .window(tumblingEventTime(windowMs))
      .apply(({ id, name }, a) => ({ id, name, auction: a.id }), newSeller, { uid: 'new-sellers' })
      .sinkTo(logSink({ topic: 'q8', type: newSeller }), { uid: 'q8' });
  });
}

// ---- q9

/** How long an auction lasts at most. */
const LASTS_MS = 60_000;
const winning = record({ auction, bid });
type Winning = TypeOf<typeof winning>;

const open = valueState('open', auction);
const offered = listState('offered', bid);

class Winners implements KeyedCoProcessFunction<number, Auction, Bid, Winning> {
  processElement1(one: Auction, ctx: KeyedContext<number>): void {
    ctx.getState(open).update(one);
    ctx.timerService.registerEventTimeTimer(one.expires);
  }

  processElement2(one: Bid, ctx: KeyedContext<number>): void {
    ctx.getState(offered).add(one);
    ctx.timerService.registerEventTimeTimer(one.dateTime + LASTS_MS);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<number>, out: Collector<Winning>): void {
    const closing = ctx.getState(open).value();
    const bids = ctx.getState(offered).get();
    if (closing !== undefined && closing.expires <= timestamp) {
      const inTime = bids.filter((b) => closing.dateTime <= b.dateTime && b.dateTime <= closing.expires);
      const [first, ...others] = inTime.filter((b) => b.price >= closing.reserve);
      if (first !== undefined) out.collect({ auction: closing, bid: others.reduce(higher, first) });
      ctx.getState(open).clear();
    }
    ctx.getState(offered).update(bids.filter((b) => b.dateTime + LASTS_MS > timestamp));
  }
}

/** Each auction with its winning bid, when it closes. */
function winners(env: JobEnvironment, watermarks: WatermarkNumbers) {
  const { auctions, bids } = events(env, watermarks);
  return auctions
    .keyBy(({ id }) => id, int64)
    .connect(bids.keyBy((b) => b.auction, int64))
    .process(() => new Winners(), winning, { uid: 'winners' });
}

export function q9(watermarks: WatermarkNumbers): JobSpec {
  return defineJob('nexmark-q9', (env) => {
    winners(env, watermarks).sinkTo(logSink({ topic: 'q9', type: winning }), { uid: 'q9' });
  });
}

// ---- q4

const sumOfPrices = record({ sum: int64, count: int64 });
type SumOfPrices = TypeOf<typeof sumOfPrices>;
const meanPrice = record({ category: int64, start: int64, mean: int64, auctions: int64 });

const averaging: AggregateFunction<Winning, SumOfPrices, SumOfPrices> = {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (won, { sum, count }) => ({ sum: sum + won.bid.price, count: count + 1 }),
  getResult: (all) => all,
};

/** The time of a winning bid is that at which its auction closes. */
export function q4(watermarks: WatermarkNumbers, windowMs: number): JobSpec {
  return defineJob('nexmark-q4', (env) => {
    winners(env, watermarks)
      .keyBy((won) => won.auction.category, int64)
      .window(tumblingEventTime(windowMs))
      .aggregate(averaging, sumOfPrices, meanPrice, ({ key, window, result: { sum, count } }) => ({
        category: key,
        start: window.start,
        mean: Math.floor(sum / count),
        auctions: count,
      }))
      .uid('means')
      .sinkTo(logSink({ topic: 'q4', type: meanPrice }), { uid: 'q4' });
  });
}

// ---- q6

const LAST = 10;
const sale = record({ auction: int64, price: int64, closed: int64 });
const sellerMean = record({ seller: int64, auction: int64, mean: int64 });

const sold = listState('sold', sale);
const lastPrices = listState('last-prices', int64);

/** Sales wait until event time has come to them, so that they count in its order; of one time, that of their auctions. */
class LastTen implements KeyedProcessFunction<number, Winning, TypeOf<typeof sellerMean>> {
  processElement({ auction: { id, expires }, bid: { price } }: Winning, ctx: KeyedContext<number>): void {
    ctx.getState(sold).add({ auction: id, price, closed: expires });
    ctx.timerService.registerEventTimeTimer(expires);
  }

  onTimer(timestamp: number, ctx: OnTimerContext<number>, out: Collector<TypeOf<typeof sellerMean>>): void {
    const all = ctx.getState(sold).get();
    const due = all.filter(({ closed }) => closed <= timestamp);
    let prices = ctx.getState(lastPrices).get();
    for (const { auction: id, price } of due.toSorted((a, b) => a.closed - b.closed || a.auction - b.auction)) {
      prices = [...prices, price].slice(-LAST);
      const mean = Math.floor(prices.reduce((sum, one) => sum + one, 0) / prices.length);
      out.collect({ seller: ctx.currentKey, auction: id, mean });
    }
    ctx.getState(lastPrices).update(prices);
    ctx.getState(sold).update(all.filter(({ closed }) => closed > timestamp));
  }
}

export function q6(watermarks: WatermarkNumbers): JobSpec {
  return defineJob('nexmark-q6', (env) => {
    winners(env, watermarks)
      .keyBy((won) => won.auction.seller, int64)
      .process(() => new LastTen(), sellerMean, { uid: 'last-ten' })
      .sinkTo(logSink({ topic: 'q6', type: sellerMean }), { uid: 'q6' });
  });
}
