import { expect, it } from 'vitest';
import {
  boundedOutOfOrderness,
  customWatermarks,
  defineJob,
  int32,
  logSink,
  logSource,
  outputTag,
  type WatermarkStrategy,
  watermarkPerRecord,
} from '../api/index.ts';
import { freshSplit } from '../connectors/connector-state.ts';
import type { LogSource, LogSplit } from '../connectors/log/log-source.ts';
import type { SplitReader } from '../connectors/source.ts';
import { Deferred, settled } from '../waiting.ts';
import { type HarnessOptions, TaskHarness } from './testing/task-harness.ts';

/** A split whose records the test puts. */
class Feed implements SplitReader<number, LogSplit> {
  readonly #split: LogSplit;
  readonly #records: number[] = [];
  #position: number;
  #ended = false;
  #arrival: Deferred<void> | undefined;
  /** How often it was asked for a record. */
  polls = 0;

  constructor(split: LogSplit) {
    this.#split = split;
    this.#position = split.position;
  }

  put(...records: readonly number[]): void {
    this.#records.push(...records);
    this.#arrives();
  }
  end(): void {
    this.#ended = true;
    this.#arrives();
  }

  poll(): ReturnType<SplitReader<number, LogSplit>['poll']> {
    this.polls++;
    const value = this.#records.shift();
    if (value === undefined) return this.#ended ? 'end' : 'nothing';
    return { value, position: this.#position++ };
  }
  available(): ReturnType<SplitReader<number, LogSplit>['available']> {
    if (this.#records.length > 0 || this.#ended) return settled();
    return (this.#arrival = new Deferred<void>('a record'));
  }
  snapshot(): LogSplit {
    return { ...this.#split, position: this.#position };
  }

  #arrives(): void {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    arrival?.resolve();
  }
}

const timestamp = (n: number): number => 10 * n;

/** in --rebalance--> out; the task is in[0]. */
class SourceHarness extends TaskHarness {
  readonly #feeds: ReadonlyMap<string, Feed>;
  readonly #source: LogSource<number>;

  constructor(watermarks: WatermarkStrategy<number>, options: HarnessOptions = {}) {
    const feeds = new Map<string, Feed>();
    const source: LogSource<number> = {
      ...logSource({ topic: 'in', type: int32 }),
      createReader: (split) => {
        const feed = new Feed(split);
        feeds.set(split.id, feed);
        return feed;
      },
    };
    const job = defineJob('source', (env) => {
      env
        .fromSource(source, { uid: 'in', watermarks })
        .rebalance()
        .sinkTo(logSink({ topic: 'out', type: int32 }), { uid: 'out' });
    });
    super({ ...options, job, vertex: 'in' });
    this.#feeds = feeds;
    this.#source = source;
  }

  /** Assigned by the enumerator. */
  add(...ids: readonly string[]): this {
    const fresh = (id: string, partition: number): LogSplit => ({ id, partition, position: 0 });
    const splits = ids.map((id, index) => freshSplit(this.#source, fresh(id, index)));
    this.task.post({ kind: 'add-splits', splits });
    this.run();
    return this;
  }
  split(id: string): Feed {
    const feed = this.#feeds.get(id);
    if (feed === undefined) throw new Error(`no reader has split ${id}`);
    return feed;
  }
  noMoreSplits(): void {
    this.task.post({ kind: 'no-more-splits' });
    this.run();
  }
}

const perRecord = watermarkPerRecord({ timestamp, delayMs: 0 });

it('sends the records of its splits in turn, each followed by the watermark that it has earned', () => {
  const source = new SourceHarness(perRecord).start().add('a', 'b');
  source.split('a').put(1, 2);
  source.split('b').put(5);
  source.run();
  expect(source.sent()).toEqual([1, 5, 'watermark 9', 2, 'watermark 19']);
});

it('goes on when a split that had nothing has a record', () => {
  const source = new SourceHarness(perRecord).start().add('a');
  expect([source.sent(), source.task.waitsFor]).toEqual([[], 'records or splits']);
  source.split('a').put(3);
  source.run();
  expect(source.sent()).toEqual([3, 'watermark 29']);
});

it('no step finds nothing behind a record: a split that has given all that it had waits at once', () => {
  const source = new SourceHarness(perRecord).start().add('a');
  const feed = source.split('a');
  expect(feed.polls).toBe(1);
  feed.put(3);
  source.run();
  feed.put(4, 5);
  source.run();
  expect([source.sent(), feed.polls]).toEqual([[3, 'watermark 29', 4, 'watermark 39', 5, 'watermark 49'], 4]);
  feed.end();
  source.run();
  expect(feed.polls).toBe(5);
});

it('what a split has after the task has ended is nobody’s', () => {
  const source = new SourceHarness(perRecord.withIdleness(100), {}).start().add('a');
  const feed = source.split('a');
  source.task.cancel();
  feed.put(3);
  source.run();
  expect([source.sent(), feed.polls, source.facts]).toEqual([[], 1, ['drained a', 'cancelled']]);
});

it('ends when its splits have ended and no more follow, not before', () => {
  const source = new SourceHarness(perRecord).start().add('a');
  source.split('a').end();
  source.run();
  expect(source.sent()).toEqual([]);
  source.noMoreSplits();
  expect(source.sent()).toEqual(['watermark MAX', 'end-of-data']);
});

it('with a periodic generator sends the watermark of the records so far at each period', () => {
  const source = new SourceHarness(boundedOutOfOrderness({ timestamp, delayMs: 0, periodMs: 5 })).start().add('a');
  source.split('a').put(1, 2);
  source.run();
  expect(source.sent()).toEqual([1, 2]);
  const period = (): readonly (number | string)[] => {
    source.world.clock.advance(5);
    source.run();
    return source.sent();
  };
  expect([period(), period()]).toEqual([['watermark 19'], []]);
  source.split('a').put(4);
  expect(period()).toEqual([4, 'watermark 39']);
});

it('a split that ends leaves the minimum at once, even if the others are read on', () => {
  const source = new SourceHarness(perRecord).start().add('a', 'b');
  source.split('a').put(1);
  source.split('a').end();
  source.split('b').put(5, 6);
  source.run();
  expect(source.sent()).toEqual([1, 5, 'watermark 9', 'watermark 49', 6, 'watermark 59']);
});

/** So many milliseconds later. */
function after(source: SourceHarness, ms: number): readonly (number | string)[] {
  for (let i = 0; i < ms; i++) {
    source.world.clock.advance(1);
    source.run();
  }
  return source.sent();
}

it('a split that has had nothing for longer than its timeout is idle, and a reader of idle splits says so', () => {
  const source = new SourceHarness(perRecord.withIdleness(10)).start().add('a', 'b');
  source.split('a').put(9);
  source.split('b').put(5);
  source.run();
  expect(source.sent()).toEqual([9, 5, 'watermark 49']);
  // It looks every 5 ms; at 10 ms split b is quiet for the first time, so at 25 it is idle.
  expect(after(source, 12)).toEqual([]);
  source.split('a').put(10);
  expect(after(source, 15)).toEqual([10, 'watermark 99']);
  expect(after(source, 20)).toEqual(['idle']);
  source.split('b').put(7, 12);
  source.run();
  expect(source.sent()).toEqual(['active', 7, 12, 'watermark 119']);
});

it('a reader without a split is idle after the timeout, and active with the next one, before it is read', () => {
  const source = new SourceHarness(perRecord.withIdleness(10)).start();
  // It looks every 5 ms, for the first time at 5 ms: at 15 ms it has had none for 10, at 20 for longer.
  expect(after(source, 19)).toEqual([]);
  expect(after(source, 1)).toEqual(['idle']);
  expect(after(source, 20)).toEqual([]);
  source.add('a');
  expect(source.sent()).toEqual(['active']);
  source.split('a').put(3);
  source.split('a').end();
  expect(after(source, 1)).toEqual([3, 'watermark 29']);
  expect(after(source, 30)).toEqual(['idle']);
  source.noMoreSplits();
  expect(source.sent()).toEqual(['watermark MAX', 'end-of-data']);
});

it('a reader without a split is never idle where the strategy has no timeout', () => {
  const source = new SourceHarness(boundedOutOfOrderness({ timestamp, delayMs: 0, periodMs: 5 })).start();
  expect(after(source, 1_000)).toEqual([]);
});

it('time in which the outputs have no room does not count as idle', () => {
  const source = new SourceHarness(perRecord.withIdleness(4), { credits: 0, config: { outputBuffersMax: 1 } })
    .start()
    .add('a');
  source.split('a').put(1);
  source.run();
  expect(after(source, 30)).toEqual([]);
  source.grant(10);
  expect(after(source, 1)).toEqual([1, 'watermark 9']);
  expect(after(source, 10)).toEqual(['idle']);
});

it("an author's generator says the watermark, and what it remembers is in the split's state", () => {
  const marks = customWatermarks({
    timestamp,
    stateType: int32,
    generator: {
      createState: () => 0,
      onRecord: (last, n: number) => (n % 10 === 0 ? n : last),
      watermark: (last) => (last === 0 ? undefined : 10 * last),
    },
  });
  const source = new SourceHarness(marks).start().add('a');
  source.split('a').put(7, 20, 30, 10, 31);
  source.run();
  expect(source.sent()).toEqual([7, 20, 'watermark 200', 30, 'watermark 300', 10, 31]);
});

it('a record too far ahead of the clock goes to the side output and does not count', () => {
  const ahead = outputTag('ahead', int32);
  const source = new SourceHarness(perRecord.withFutureBound({ maxAheadMs: 1_000, output: ahead })).start().add('a');
  const now = source.world.clock.now();
  const last = Math.floor((now + 1_000) / 10);
  source.split('a').put(1, last, last + 1, 2);
  source.run();
  expect(source.sent()).toEqual([1, 'watermark 9', last, `watermark ${10 * last - 1}`, 2]);
});

it('a source that had finished in the restored checkpoint reads nothing', () => {
  const source = new SourceHarness(perRecord, { restore: { finished: true } }).start();
  expect(source.sent()).toEqual(['watermark MAX', 'end-of-data']);
});
