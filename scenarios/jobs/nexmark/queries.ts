/**
 * Four queries of Nexmark as jobs over the one event topic:
 *
 * | query | what it does                                        | what it is good for                          |
 * |-------|-----------------------------------------------------|----------------------------------------------|
 * | q0    | decodes the bids and passes them on                 | source and sink alone                        |
 * | q1    | the bids with their prices in another currency      | a map between source and sink                |
 * | q2    | keeps the bids for every k-th auction               | the same with a filter and a projection      |
 * | q7    | the highest bid of each window, over all auctions   | two window stages, the second fed by the first |
 *
 * q7 finds the highest bid of each auction first and the highest of these then, so that the first stage runs in
 * parallel. Of equal prices the earliest bid wins, then the lower bidder and auction: the result is one record.
 */
import {
  boundedOutOfOrderness,
  type DataStream,
  defineJob,
  int64,
  type JobEnvironment,
  type JobSpec,
  logSink,
  logSource,
  outputTag,
  record,
  tumblingEventTime,
  type TypeOf,
} from '../../../core/api/index.ts';
import { type Bid, bid, type Event, event } from './events.ts';

export const EVENTS_TOPIC = 'nexmark';

export interface WatermarkNumbers {
  readonly delayMs: number;
  readonly periodMs: number;
}

/** Out-of-order events with their bids taken out. */
function bids(env: JobEnvironment, { delayMs, periodMs }: WatermarkNumbers): DataStream<Bid> {
  return env
    .fromSource(logSource({ topic: EVENTS_TOPIC, type: event }), {
      uid: 'events',
      watermarks: boundedOutOfOrderness<Event>({ timestamp: (e) => e.dateTime, delayMs, periodMs }),
    })
    .flatMap((e): readonly Bid[] => (e.bid === null ? [] : [e.bid]), bid, { uid: 'decode' });
}

export function q0(watermarks: WatermarkNumbers): JobSpec {
  return defineJob('nexmark-q0', (env) => {
    bids(env, watermarks).sinkTo(logSink({ topic: 'q0', type: bid }), { uid: 'q0' });
  });
}

/** Thousandths of a euro that a dollar is. */
const EUROS_PER_1000 = 908;

export function q1(watermarks: WatermarkNumbers): JobSpec {
  return defineJob('nexmark-q1', (env) => {
    bids(env, watermarks)
      .map((b): Bid => ({ ...b, price: Math.floor((b.price * EUROS_PER_1000) / 1_000) }), bid, { uid: 'in-euros' })
      .sinkTo(logSink({ topic: 'q1', type: bid }), { uid: 'q1' });
  });
}

const price = record({ auction: int64, price: int64 });

export function q2(watermarks: WatermarkNumbers, modulus: number): JobSpec {
  return defineJob('nexmark-q2', (env) => {
    bids(env, watermarks)
      .filter((b) => b.auction % modulus === 0, { uid: 'every-kth' })
      .map((b) => ({ auction: b.auction, price: b.price }), price, { uid: 'project' })
      .sinkTo(logSink({ topic: 'q2', type: price }), { uid: 'q2' });
  });
}

/** The highest bid of the window that starts at `start`. */
const highest = record({ start: int64, bid });
export type Highest = TypeOf<typeof highest>;
const late = outputTag('late', bid);

export function q7(watermarks: WatermarkNumbers, windowMs: number, latenessMs: number): JobSpec {
  return defineJob('nexmark-q7', (env) => {
    const perAuction = bids(env, watermarks)
      .keyBy((b) => b.auction, int64)
      .window(tumblingEventTime(windowMs))
      .allowedLateness(latenessMs)
      .sideOutputLateData(late)
      .reduce(higher, (pane): Highest => ({ start: pane.window.start, bid: pane.result }), highest)
      .uid('per-auction');
    perAuction.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: bid }), { uid: 'late' });
    perAuction
      .keyBy((h) => h.start, int64)
      .window(tumblingEventTime(windowMs))
      .allowedLateness(latenessMs)
      .reduce((a, b) => (higher(a.bid, b.bid) === a.bid ? a : b))
      .uid('highest')
      .sinkTo(logSink({ topic: 'q7', type: highest }), { uid: 'q7' });
  });
}

/** A total order of bids, so that the maximum does not depend on the order of arrival. */
export function higher(a: Bid, b: Bid): Bid {
  if (a.price !== b.price) return a.price > b.price ? a : b;
  if (a.dateTime !== b.dateTime) return a.dateTime < b.dateTime ? a : b;
  if (a.bidder !== b.bidder) return a.bidder < b.bidder ? a : b;
  if (a.auction !== b.auction) return a.auction < b.auction ? a : b;
  return a.channel <= b.channel ? a : b;
}
