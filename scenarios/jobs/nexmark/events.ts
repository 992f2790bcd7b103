/**
 * The event stream of Nexmark: persons, auctions and bids of an auction site, 1 : 3 : 46 as in the benchmark, in one
 * topic, each event with two of its three parts null. Fields of pure ballast (credit card, description, extra) are left
 * out. The generator is deterministic in whole numbers; event time lags at random, which the benchmark calls disorder.
 */
import type { Arbitrary } from 'fast-check';
import { int32, int64, nullable, record, string, type TypeOf } from '../../../core/api/index.ts';
import { type PlanDraws, planDraws } from '../../../properties/plan/draws.ts';
import type { FastCheck } from '../../../properties/plan/scenario.ts';

export const person = record({ id: int64, name: string, city: string, state: string, dateTime: int64 });
export const auction = record({
  id: int64,
  itemName: string,
  initialBid: int64,
  reserve: int64,
  dateTime: int64,
  expires: int64,
  seller: int64,
  category: int32,
});
export const bid = record({ auction: int64, bidder: int64, price: int64, channel: string, dateTime: int64 });
/** `dateTime` is that of the part which is there. */
export const event = record({
  person: nullable(person),
  auction: nullable(auction),
  bid: nullable(bid),
  dateTime: int64,
});

export type Person = TypeOf<typeof person>;
export type Auction = TypeOf<typeof auction>;
export type Bid = TypeOf<typeof bid>;
export type Event = TypeOf<typeof event>;

const PERSONS_PER_50 = 1;
const AUCTIONS_PER_50 = 3;
const FIRST_ID = 1000;
/** 2015-07-15T00:00:00Z, where the benchmark starts. */
const START_MS = 1_436_918_400_000;
/** Auctions that are still bid on. */
const OPEN_AUCTIONS = 20;
const CATEGORIES = 5;

const NAMES = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter'] as const;
const CITIES = [
  ['Phoenix', 'AZ'],
  ['Los Angeles', 'CA'],
  ['San Francisco', 'CA'],
  ['Boise', 'ID'],
  ['Portland', 'OR'],
  ['Bend', 'OR'],
  ['Redmond', 'WA'],
  ['Seattle', 'WA'],
  ['Kent', 'WA'],
  ['Cheyenne', 'WY'],
] as const;
const CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'] as const;

export interface Shape {
  readonly partitions: number;
  /** Event time from one event to the next. */
  readonly intervalMs: number;
  /** An event's time lies at most this far behind that of an earlier one. */
  readonly disorderMs: number;
}

/** `count` events in order of arrival, distributed over the partitions at random. */
export function nexmarkEvents(seed: string, count: number, shape: Shape): readonly (readonly Event[])[] {
  const draws = planDraws(seed)('nexmark');
  const partitions: Event[][] = Array.from({ length: shape.partitions }, () => []);
  let persons = 0;
  let auctions = 0;
  for (let i = 0; i < count; i++) {
    const dateTime = START_MS + i * shape.intervalMs - draws.below(shape.disorderMs + 1);
    const kind = i % 50;
    let made: Event;
    if (kind < PERSONS_PER_50) {
      made = { person: newPerson(draws, FIRST_ID + persons++, dateTime), auction: null, bid: null, dateTime };
    } else if (kind < PERSONS_PER_50 + AUCTIONS_PER_50) {
      const seller = FIRST_ID + draws.below(persons);
      made = { person: null, auction: newAuction(draws, FIRST_ID + auctions++, seller, dateTime), bid: null, dateTime };
    } else {
      made = { person: null, auction: null, bid: newBid(draws, persons, auctions, dateTime), dateTime };
    }
    partitions[draws.below(shape.partitions)]?.push(made);
  }
  return partitions;
}

function newPerson(draws: PlanDraws, id: number, dateTime: number): Person {
  const [city, state] = draws.pick<readonly [string, string]>(CITIES);
  return { id, name: draws.pick(NAMES), city, state, dateTime };
}

function newAuction(draws: PlanDraws, id: number, seller: number, dateTime: number): Auction {
  const initialBid = nextPrice(draws);
  return {
    id,
    itemName: `item-${draws.below(100)}`,
    initialBid,
    reserve: initialBid + nextPrice(draws),
    dateTime,
    expires: dateTime + 1000 * draws.between(1, 60),
    seller,
    category: 10 + draws.below(CATEGORIES),
  };
}

/** Every other bid is for the newest auction, the hot one; the others for any that is still open. */
function newBid(draws: PlanDraws, persons: number, auctions: number, dateTime: number): Bid {
  const newest = FIRST_ID + auctions - 1;
  const oldest = Math.max(FIRST_ID, newest - OPEN_AUCTIONS + 1);
  return {
    auction: draws.chance(500) ? newest : draws.between(oldest, newest),
    bidder: FIRST_ID + draws.below(persons),
    price: nextPrice(draws),
    channel: draws.pick(CHANNELS),
    dateTime,
  };
}

/** In cents, spread evenly over six orders of magnitude. */
function nextPrice(draws: PlanDraws): number {
  const digits = draws.between(100, 999);
  return digits * (POWERS_OF_TEN[draws.below(POWERS_OF_TEN.length)] ?? 1);
}
const POWERS_OF_TEN = [1, 10, 100, 1_000, 10_000, 100_000] as const;

/** Any bid in an event of its own: what the queries look at. */
export const bidEventArbitrary = (fc: FastCheck): Arbitrary<Event> =>
  fc
    .record(
      {
        auction: fc.integer({ min: FIRST_ID, max: FIRST_ID + 60 }),
        bidder: fc.integer({ min: FIRST_ID, max: FIRST_ID + 20 }),
        price: fc.nat(100_000_000),
        channel: fc.constantFrom(...CHANNELS),
        dateTime: fc.nat(120_000).map((ms) => START_MS + ms),
      },
      { noNullPrototype: true },
    )
    .map((made) => ({ person: null, auction: null, bid: made, dateTime: made.dateTime }));
