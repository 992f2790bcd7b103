/** Streams that meet, and functions with the state of a key, in scripted runs with crashes: what comes out, and that all laws hold. */
import { describe, expect, it } from 'vitest';
import {
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  listState,
  logSink,
  logSource,
  noWatermarks,
  type OperatorOpenContext,
  record,
  string,
  tuple,
  type TypeOf,
  valueState,
} from '../../core/api/index.ts';
import { testStream } from './test-stream.ts';

const item = record({ key: string, at: int64 });
type Item = TypeOf<typeof item>;
const [words, numbers] = [logSink({ topic: 'out', type: string }), logSink({ topic: 'out', type: int32 })];
const from = (env: JobEnvironment, topic: string) =>
  env.fromSource(logSource({ topic, type: item }), {
    uid: topic,
    watermarks: noWatermarks<Item>({ timestamp: ({ at }) => at }),
  });
const at = (...times: readonly number[]): readonly Item[] => times.map((time) => ({ key: 'a', at: time }));
const left = { source: 'left' };
const right = { source: 'right' };

describe('an interval join', () => {
  const pair = tuple<readonly [number, number]>(int64, int64);
  const job = defineJob('interval', (env) => {
    const [lefts, rights] = [from(env, 'left'), from(env, 'right')];
    lefts
      .keyBy(({ key }) => key, string)
      .intervalJoin(rights.keyBy(({ key }) => key, string))
      .between(-2, 3)
      .process<readonly [number, number]>(
        () => ({ processElement: (l, r, _ctx, out) => out.collect([l.at, r.at]) }),
        pair,
        { uid: 'join' },
      )
      .sinkTo(logSink({ topic: 'out', type: pair }), { uid: 'out' });
  });

  it('joins over a crash what waits in the buffers, and not what was cleaned before it', () => {
    const { output, attempts } = testStream(job)
      .add(at(10, 20), left)
      .advanceWatermarkTo(13)
      .checkpoint()
      .crash('join[0]')
      .add(at(13, 22), right)
      .run();
    expect(output['out']).toEqual([[20, 22]]);
    expect(attempts).toBe(2);
  });
});

describe('streams without key', () => {
  const both = (env: JobEnvironment) => from(env, 'left').connect(from(env, 'right'));

  it('are mapped each by its own function', () => {
    const job = defineJob('maps', (env) => {
      both(env)
        .map(
          (l) => `left ${l.at}`,
          (r) => `right ${r.at}`,
          string,
        )
        .sinkTo(words, { uid: 'out' });
    });
    const { output } = testStream(job).add(at(1), left).add(at(2), right).run();
    expect(output['out']?.toSorted()).toEqual(['left 1', 'right 2']);
  });

  it('are flat-mapped each by its own function', () => {
    const job = defineJob('flat-maps', (env) => {
      both(env)
        .flatMap(
          (l) => (l.at > 1 ? [`left ${l.at}`] : []),
          (r) => [`right ${r.at}`, 'again'],
          string,
        )
        .sinkTo(words, { uid: 'out' });
    });
    const { output } = testStream(job).add(at(1, 2), left).add(at(3), right).run();
    expect(output['out']?.toSorted()).toEqual(['again', 'left 2', 'right 3']);
  });

  it('share the lists of one function, which survive a crash', () => {
    const seen = listState('seen', int64);
    const job = defineJob('lists', (env) => {
      both(env)
        .process<string>(
          () => ({
            open: (ctx: OperatorOpenContext) => void ctx.getState(seen),
            processElement1: (l, ctx) => ctx.getState(seen).add(l.at),
            processElement2: (r, ctx, out) => out.collect(`${r.at}: ${ctx.getState(seen).get().join(' ')}`),
          }),
          string,
          { uid: 'both' },
        )
        .sinkTo(words, { uid: 'out' });
    });
    const { output, attempts } = testStream(job)
      .add(at(1, 2), left)
      .checkpoint()
      .crash('both[0]')
      .add(at(3), right)
      .run();
    expect(output['out']).toEqual(['3: 1 2']);
    expect(attempts).toBe(2);
  });
});

describe('functions of a key', () => {
  const count = valueState('count', int32);
  const counted = (ctx: {
    getState(descriptor: typeof count): { value(): number | undefined; update(n: number): void };
  }) => {
    const n = (ctx.getState(count).value() ?? 0) + 1;
    ctx.getState(count).update(n);
    return n;
  };
  const run = (job: ReturnType<typeof defineJob>) =>
    testStream(job).add(at(1, 2)).checkpoint().crash('fn[0]').add(at(3)).run().output['out'];

  it('map, flatMap and filter have its state, over a crash', () => {
    const keyed = (env: JobEnvironment) => from(env, 'left').keyBy(({ key }) => key, string);
    const maps = defineJob('keyed-map', (env) => {
      keyed(env)
        .map((_, ctx) => counted(ctx), int32)
        .uid('fn')
        .sinkTo(numbers, { uid: 'out' });
    });
    expect(run(maps)).toEqual([1, 2, 3]);
    const flatMaps = defineJob('keyed-flat-map', (env) => {
      keyed(env)
        .flatMap((_, ctx) => new Array<number>(counted(ctx)).fill(7), int32)
        .uid('fn')
        .sinkTo(numbers, { uid: 'out' });
    });
    expect(run(flatMaps)).toEqual([7, 7, 7, 7, 7, 7]);
    const filters = defineJob('keyed-filter', (env) => {
      keyed(env)
        .filter((_, ctx) => counted(ctx) % 2 === 1)
        .uid('fn')
        .map((one) => one.at, int32)
        .sinkTo(numbers, { uid: 'out' });
    });
    expect(run(filters)).toEqual([1, 3]);
  });
});
