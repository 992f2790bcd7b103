/**
 * The windowed queries of Nexmark beside q7, over the one event topic:
 *
 * | query | what it does                                             | what it is good for                                  |
 * |-------|----------------------------------------------------------|------------------------------------------------------|
 * | q5    | the auctions with most bids in each sliding window       | several panes a record; a second stage over the first |
 * | q11   | how many bids each bidder makes in a session             | windows that merge, under disorder                    |
 * | q12   | how many bids each bidder makes in a stretch of the clock | windows of processing time: no two runs agree         |
 *
 * q5 counts the bids of each auction first; its second stage keeps the auctions that have most, by their numbers.
 */
import {
  type AggregateFunction,
  boundedOutOfOrderness,
  type DataStream,
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  type JobSpec,
  list,
  logSink,
  logSource,
  outputTag,
  record,
  sessionEventTime,
  slidingEventTime,
  tumblingEventTime,
  tumblingProcessingTime,
  type TypeOf,
} from '../../../core/api/index.ts';
import { type Bid, bid, type Event, event } from './events.ts';
import { EVENTS_TOPIC, type WatermarkNumbers } from './queries.ts';

function bids(env: JobEnvironment, { delayMs, periodMs }: WatermarkNumbers): DataStream<Bid> {
  return env
    .fromSource(logSource({ topic: EVENTS_TOPIC, type: event }), {
      uid: 'events',
      watermarks: boundedOutOfOrderness<Event>({ timestamp: (e) => e.dateTime, delayMs, periodMs }),
    })
    .flatMap((e): readonly Bid[] => (e.bid === null ? [] : [e.bid]), bid, { uid: 'decode' });
}

const late = outputTag('late', bid);
const counting: AggregateFunction<Bid, number, number> = {
  createAccumulator: () => 0,
  add: (_bid, count) => count + 1,
  getResult: (count) => count,
  merge: (a, b) => a + b,
};

const auctionCount = record({ start: int64, end: int64, auction: int64, count: int32 });
/** The auctions with most bids, by number. */
const hot = record({ start: int64, end: int64, auctions: list(int64), count: int32 });
type Hot = TypeOf<typeof hot>;

export function q5(watermarks: WatermarkNumbers, sizeMs: number, slideMs: number, latenessMs: number): JobSpec {
  return defineJob('nexmark-q5', (env) => {
    const counts = bids(env, watermarks)
      .keyBy((b) => b.auction, int64)
      .window(slidingEventTime(sizeMs, slideMs))
      .allowedLateness(latenessMs)
      .sideOutputLateData(late)
      .aggregate(counting, int32, auctionCount, ({ key, window, result }) => ({
        start: window.start,
        end: window.end,
        auction: key,
        count: result,
      }))
      .uid('per-auction');
    counts.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: bid }), { uid: 'late' });
    counts
      .map(({ start, end, auction, count }): Hot => ({ start, end, auctions: [auction], count }), hot, { uid: 'one' })
      .keyBy((h) => h.end, int64)
      .window(tumblingEventTime(slideMs))
      .allowedLateness(latenessMs)
      .reduce(hotter)
      .uid('hot')
      .sinkTo(logSink({ topic: 'q5', type: hot }), { uid: 'q5' });
  });
}

/** Of equal counts all auctions, so that the result does not depend on the order of arrival. */
export function hotter(a: Hot, b: Hot): Hot {
  if (a.count !== b.count) return a.count > b.count ? a : b;
  const auctions = [...new Set([...a.auctions, ...b.auctions])].sort((x, y) => x - y);
  return { ...a, auctions };
}

const session = record({ bidder: int64, start: int64, end: int64, bids: int32 });

export function q11(watermarks: WatermarkNumbers, gapMs: number, latenessMs: number): JobSpec {
  return defineJob('nexmark-q11', (env) => {
    const sessions = bids(env, watermarks)
      .keyBy((b) => b.bidder, int64)
      .window(sessionEventTime(gapMs))
      .allowedLateness(latenessMs)
      .sideOutputLateData(late)
      .aggregate(counting, int32, session, ({ key, window, result }) => ({
        bidder: key,
        start: window.start,
        end: window.end,
        bids: result,
      }))
      .uid('sessions');
    sessions.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: bid }), { uid: 'late' });
    sessions.sinkTo(logSink({ topic: 'q11', type: session }), { uid: 'q11' });
  });
}

export function q12(watermarks: WatermarkNumbers, sizeMs: number): JobSpec {
  return defineJob('nexmark-q12', (env) => {
    bids(env, watermarks)
      .keyBy((b) => b.bidder, int64)
      .window(tumblingProcessingTime(sizeMs))
      .aggregate(counting, int32, session, ({ key, window, result }) => ({
        bidder: key,
        start: window.start,
        end: window.end,
        bids: result,
      }))
      .uid('stretches')
      .sinkTo(logSink({ topic: 'q12', type: session }), { uid: 'q12' });
  });
}
