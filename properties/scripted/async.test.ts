/** An external service in scripted runs with crashes and rescales: what comes out, and that all laws hold. */
import { describe, expect, it } from 'vitest';
import {
  type AsyncFunction,
  type AsyncSettings,
  defineJob,
  externalService,
  int64,
  logSink,
  logSource,
  noWatermarks,
  type Operator,
  record,
  string,
  tumblingEventTime,
  tuple,
  type TypeOf,
} from '../../core/api/index.ts';
import { testStream } from './test-stream.ts';

const item = record({ key: string, at: int64 });
type Item = TypeOf<typeof item>;
const lengths = externalService({ name: 'lengths', requestType: string, responseType: int64 });
const services = { lengths: (key: string) => key.length };
type Measuring = AsyncFunction<Item, string, number, string>;
const measured: Measuring = {
  request: ({ key }) => key,
  answer: ({ key, at }, length, out) => {
    out.collect(`${key} ${length} @${at}`);
  },
};

const CALM: AsyncSettings = { mode: 'ordered', capacity: 5, timeoutMs: 1_000 };
const jobOf = (settings: Partial<AsyncSettings> = {}, fn: Measuring = measured) =>
  defineJob('measured', (env): Operator =>
    env
      .fromSource(logSource({ topic: 'in', type: item }), {
        uid: 'in',
        watermarks: noWatermarks<Item>({ timestamp: ({ at }) => at }),
      })
      .asyncWait(lengths, () => fn, string, { uid: 'ask', ...CALM, ...settings })
      .sinkTo(logSink({ topic: 'out', type: string }), { uid: 'out' }),
  );
const items = (...keys: readonly string[]): readonly Item[] => keys.map((key, at) => ({ key, at }));

describe('a service', () => {
  it('is asked about each element, in order', () => {
    const { output } = testStream(jobOf(), { services, parallelism: 1 })
      .add(items('a', 'bb', 'ccc'))
      .run();
    expect(output['out']).toEqual(['a 1 @0', 'bb 2 @1', 'ccc 3 @2']);
  });

  it('is asked again, after a crash, about what waited at the checkpoint, also at another parallelism', () => {
    const slow = { serviceLatencyUs: 50_000 };
    const { output, attempts } = testStream(jobOf({ mode: 'unordered' }), { services, parallelism: 1, knobs: slow })
      .add(items('a', 'bb', 'ccc', 'dddd'))
      .checkpoint()
      .crash('ask[0]')
      .rescale(3)
      .run();
    expect(output['out']?.toSorted()).toEqual(['a 1 @0', 'bb 2 @1', 'ccc 3 @2', 'dddd 4 @3']);
    expect(attempts).toBe(3);
  });

  it('is asked about what a restored subtask had no room for yet, although a checkpoint was taken before and it crashed', () => {
    const knobs = { serviceLatencyUs: 50_000, discipline: 1 };
    const job = defineJob('spread', (env) => {
      env
        .fromSource(logSource({ topic: 'in', type: item }), {
          uid: 'in',
          watermarks: noWatermarks<Item>({ timestamp: ({ at }) => at }),
        })
        .rebalance()
        .asyncWait(lengths, () => measured, string, { uid: 'ask', mode: 'ordered', capacity: 1, timeoutMs: 1_000 })
        .sinkTo(logSink({ topic: 'out', type: string }), { uid: 'out' });
    });
    const { output, attempts } = testStream(job, { services, parallelism: 3, knobs })
      .add(items('a', 'bb', 'ccc'))
      .checkpoint()
      .rescale(1)
      .checkpoint()
      .crash('ask[0]')
      .run();
    expect(output['out']?.toSorted()).toEqual(['a 1 @0', 'bb 2 @1', 'ccc 3 @2']);
    expect(attempts).toBe(3);
  });

  it('that is slower than its time leaves the function to do without', () => {
    const slow = { serviceLatencyUs: 50_000 };
    const without: Measuring = { ...measured, timeout: ({ key }, out) => out.collect(`${key} ?`) };
    const stream = testStream(jobOf({ timeoutMs: 20 }, without), { services, parallelism: 1, knobs: slow });
    expect(stream.add(items('a', 'bb')).run().output['out']).toEqual(['a ?', 'bb ?']);
  });

  it('that is never in time fails the task again and again, if the function has no `timeout`, and the reason is told', () => {
    const slow = { serviceLatencyUs: 50_000 };
    const stream = testStream(jobOf({ timeoutMs: 20 }), { services, parallelism: 1, knobs: slow });
    expect(() => stream.add(items('a', 'bb')).run()).toThrow('service lengths: no answer within 20 ms');
  });

  it('that throttles is asked later', () => {
    const retry = { retries: 20, delayMs: 3, multiplier: 1.5 };
    const busy = { serviceConcurrencyMax: 1, serviceLatencyUs: 4_000 };
    const { output, attempts } = testStream(jobOf({ retry }), { services, parallelism: 1, knobs: busy })
      .add(items('a', 'bb', 'ccc'))
      .advanceProcessingTime(100)
      .run();
    expect(output['out']).toEqual(['a 1 @0', 'bb 2 @1', 'ccc 3 @2']);
    expect(attempts).toBe(1);
  });

  it('holds event time back: a window behind it sees all that came before the watermark', () => {
    const counted = tuple<readonly [number, number]>(int64, int64);
    const job = defineJob('windows-behind', (env) => {
      env
        .fromSource(logSource({ topic: 'in', type: item }), {
          uid: 'in',
          watermarks: noWatermarks<Item>({ timestamp: ({ at }) => at }),
        })
        .asyncWait<string, number, Item>(
          lengths,
          () => ({ request: ({ key }) => key, answer: (one, _length, out) => out.collect(one) }),
          item,
          { uid: 'ask', mode: 'unordered', capacity: 9, timeoutMs: 1_000 },
        )
        .windowAll(tumblingEventTime(10))
        .aggregate(
          { createAccumulator: () => 0, add: (_one: Item, n) => n + 1, getResult: (n) => n },
          int64,
          counted,
          ({ window, result }) => [window.start, result] as const,
        )
        .uid('count')
        .sinkTo(logSink({ topic: 'out', type: counted }), { uid: 'out' });
    });
    const { output } = testStream(job, { services, knobs: { serviceLatencyUs: 20_000, serviceJitterUs: 9_000 } })
      .add([1, 5, 12].map((at) => ({ key: 'k', at })))
      .advanceWatermarkTo(15)
      .add([{ key: 'k', at: 17 }])
      .run();
    expect(output['out']).toEqual([
      [0, 2],
      [10, 2],
    ]);
  });

  it('that is not there, or answers what it must not, is a mistake of the test, with its operator', () => {
    expect(() => testStream(jobOf()).add(items('a'))).not.toThrow();
    expect(() => testStream(jobOf()).add(items('a')).run()).toThrow(
      'operator ask: the workload has no service lengths',
    );
    const stream = testStream(jobOf(), { services: { lengths: () => 'three' } });
    expect(() => stream.add(items('a')).run()).toThrow(
      /the service lengths of the test answers what is not of its type/,
    );
  });
});
