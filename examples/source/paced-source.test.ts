import { defineJob, int32, int64, logSink, record, string, tumblingEventTime, watermarkPerRecord } from 'millrace';
import { sourceContract, toBytes } from 'millrace/parts';
import { check } from 'millrace/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { pacedSource } from './paced-source.ts';

describe('the contract of sources', () => {
  const numbers = [[1, 2, 3, 4, 5], [], [6, 7]];
  const underTest = () => ({
    source: pacedSource({ topic: 'numbers', type: int32, batch: 2, pauseMs: 3 }),
    splits: new Map(numbers.map((values, partition) => [`numbers-${partition}`, values])),
    fill: ({ broker }: { readonly broker: Broker }) => {
      broker.createTopic('numbers', numbers.length);
      numbers.forEach((values, partition) => {
        broker.seed(
          'numbers',
          partition,
          values.map((value) => toBytes(int32, value)),
        );
      });
    },
  });
  for (const { name, check: holds } of sourceContract(underTest)) it(name, holds);
});

interface Broker {
  createTopic(name: string, partitions: number): void;
  seed(topic: string, partition: number, records: Iterable<Uint8Array>): void;
}

const click = record({ page: string, at: int64 });
const views = record({ page: string, start: int64, count: int32 });
const MINUTE_MS = 60_000;

const job = defineJob('clicks', (env) => {
  env
    .fromSource(pacedSource({ topic: 'clicks', type: click, batch: 5, pauseMs: 2 }), {
      uid: 'clicks',
      watermarks: watermarkPerRecord({ timestamp: ({ at }) => at, delayMs: 1_000 }),
    })
    .keyBy(({ page }) => page, string)
    .window(tumblingEventTime(MINUTE_MS))
    .aggregate(
      { createAccumulator: () => 0, add: (_, count) => count + 1, getResult: (count) => count, merge: (a, b) => a + b },
      int32,
      views,
      ({ key, window, result }) => ({ page: key, start: window.start, count: result }),
    )
    .uid('views')
    .sinkTo(logSink({ topic: 'views', type: views }), { uid: 'sink' });
});

it('a job that reads by it counts every click once, whatever fails', () => {
  check(job, {
    input: {
      clicks: fc.record(
        { page: fc.constantFrom('/', '/about', '/buy'), at: fc.nat(5 * MINUTE_MS) },
        { noNullPrototype: true },
      ),
    },
    output: ({ clicks }) => {
      const counts = new Map<string, { page: string; start: number; count: number }>();
      for (const { page, at } of clicks) {
        const start = Math.floor(at / MINUTE_MS) * MINUTE_MS;
        const count = (counts.get(`${page} ${start}`)?.count ?? 0) + 1;
        counts.set(`${page} ${start}`, { page, start, count });
      }
      return { views: [...counts.values()] };
    },
    runs: 25,
    seed: 'paced',
    timeLimitMs: 50_000,
  });
});
