import { expect, it } from 'vitest';
import {
  boundedOutOfOrderness,
  defineJob,
  int32,
  logSink,
  logSource,
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

it('a source that had finished in the restored checkpoint reads nothing', () => {
  const source = new SourceHarness(perRecord, { restore: { finished: true } }).start();
  expect(source.sent()).toEqual(['watermark MAX', 'end-of-data']);
});
