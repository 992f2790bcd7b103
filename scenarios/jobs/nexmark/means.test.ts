/** Nexmark q1, q4 and q6 over a few auctions, by hand. */
import { describe, expect, it } from 'vitest';
import { testStream } from '../../../properties/scripted/test-stream.ts';
import type { Event } from './events.ts';
import { q4, q6 } from './join-queries.ts';
import { q1 } from './queries.ts';

const WATERMARKS = { delayMs: 0, periodMs: 5 };

function sells(id: number, category: number, expires: number, seller = 1): Event {
  const about = { itemName: 'thing', initialBid: 1, reserve: 5, dateTime: 0, seller };
  return { person: null, bid: null, auction: { ...about, id, category, expires }, dateTime: 0 };
}
function bids(auction: number, price: number, dateTime: number): Event {
  return { person: null, auction: null, bid: { auction, bidder: 2, price, channel: 'Google', dateTime }, dateTime };
}

/** Two of category 10, the second of which has two bids, and one of 11; a bid below the reserve, and one behind the end. */
const AUCTIONS: readonly Event[] = [
  sells(1, 10, 100),
  sells(2, 10, 200),
  sells(3, 11, 200),
  sells(4, 10, 120),
  bids(1, 10, 50),
  bids(2, 20, 60),
  bids(2, 15, 70),
  bids(3, 41, 80),
  bids(4, 4, 90),
  bids(1, 99, 101),
];

describe('nexmark', () => {
  it('q1: prices in euros, rounded down', () => {
    const { output } = testStream(q1(WATERMARKS), { parallelism: 1 })
      .add([bids(1, 1_000, 1), bids(1, 99, 2)])
      .run();
    expect(output['q1']).toMatchObject([{ price: 908 }, { price: 89 }]);
  });

  it('q4: the mean price of a category in each window in which auctions close', () => {
    const { output } = testStream(q4(WATERMARKS, 150)).add(AUCTIONS).advanceWatermarkTo(300).run();
    expect(output['q4']?.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
      { category: 10, start: 0, mean: 10, auctions: 1 },
      { category: 10, start: 150, mean: 20, auctions: 1 },
      { category: 11, start: 150, mean: 41, auctions: 1 },
    ]);
  });

  it('q6: the mean of the prices of a seller so far, in order of the ends of the auctions, over a crash', () => {
    const stream = testStream(q6(WATERMARKS)).add(AUCTIONS).advanceWatermarkTo(150).checkpoint().crash('last-ten[0]');
    // 10; then of one time by auction: 10 and 20; 10, 20 and 41.
    expect(stream.run().output['q6']).toEqual([
      { seller: 1, auction: 1, mean: 10 },
      { seller: 1, auction: 2, mean: 15 },
      { seller: 1, auction: 3, mean: 23 },
    ]);
  });

  it('q6: of more than ten auctions the last ten count', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => [sells(i, 10, 100 + i), bids(i, 10 * (i + 1), 1)]).flat();
    const means = testStream(q6(WATERMARKS)).add(twelve).run().output['q6'];
    expect(means).toHaveLength(12);
    // 10 to 100; 20 to 110; 30 to 120.
    expect(means?.slice(-3)).toMatchObject([{ mean: 55 }, { mean: 65 }, { mean: 75 }]);
  });
});
