import { describe, expect, it } from 'vitest';
import {
  defineJob,
  int32,
  int64,
  type JobEnvironment,
  JobError,
  type JobSpec,
  logSink,
  logSource,
  noWatermarks,
  outputTag,
  record,
  string,
  tumblingEventTime,
} from './index.ts';

const event = record({ key: string, at: int64 });
const out = logSink({ topic: 'out', type: int64 });
const from = (env: JobEnvironment, topic: string) =>
  env.fromSource(logSource({ topic, type: event }), {
    uid: topic,
    watermarks: noWatermarks<{ readonly key: string; readonly at: number }>({ timestamp: ({ at }) => at }),
  });
const messageOf = (define: (env: JobEnvironment) => void): string => {
  try {
    defineJob('joins', define);
  } catch (error) {
    if (error instanceof JobError) return error.message;
    throw error;
  }
  return 'no error';
};

describe('interval joins', () => {
  const keyed = (env: JobEnvironment, topic: string) => from(env, topic).keyBy(({ key }) => key, string);
  const apart = () => ({
    processElement: (
      _left: unknown,
      _right: unknown,
      ctx: { readonly leftTimestamp: number; readonly rightTimestamp: number },
      collector: { collect(value: number): void },
    ) => collector.collect(ctx.rightTimestamp - ctx.leftTimestamp),
  });
  const specOf = (job: JobSpec) => job.nodes.find(({ uid }) => uid === 'join');

  it('are recorded with inclusive bounds; each exclusive one has moved by a millisecond', () => {
    const job = defineJob('joins', (env) => {
      keyed(env, 'left')
        .intervalJoin(keyed(env, 'right'))
        .between(-5, 10)
        .lowerBoundExclusive()
        .upperBoundExclusive()
        .sideOutputRightLateData(outputTag('late', event))
        .process(apart, int64, { uid: 'join' })
        .sinkTo(out, { uid: 'out' });
    });
    expect(specOf(job)).toMatchObject({
      operator: { kind: 'intervalJoin', firstInputs: 1, lowerMs: -4, upperMs: 9, lateRightTag: 'late' },
      sideOutputs: [{ tag: 'late' }],
    });
    expect(job.edges.filter(({ to }) => to === specOf(job)?.id).map(({ partition }) => partition.kind)).toEqual([
      'hash',
      'hash',
    ]);
  });

  it('are refused with bounds that are none, with keys of two types, and without a uid', () => {
    const join = (env: JobEnvironment) => keyed(env, 'left').intervalJoin(keyed(env, 'right'));
    expect(messageOf((env) => void join(env).between(5, 4))).toContain('the lower bound is above the upper one');
    expect(messageOf((env) => void join(env).between(0.5, 4))).toContain('the lower bound is 0.5');
    expect(messageOf((env) => void join(env).between(0, Infinity))).toContain('the upper bound is Infinity');
    expect(
      messageOf((env) => {
        // @ts-expect-error -- the compiler sees it, too
        keyed(env, 'left').intervalJoin(from(env, 'right').keyBy(({ at }) => at, int64));
      }),
    ).toContain('keyed by different key types');
    expect(
      messageOf((env) => {
        join(env).between(0, 4).process(apart, int64).sinkTo(out, { uid: 'out' });
      }),
    ).toContain('needs a name of its own');
    expect(
      messageOf((env) => {
        // @ts-expect-error -- the compiler sees it, too
        join(env).between(0, 4).sideOutputLeftLateData(outputTag('late', int32));
      }),
    ).toContain('sideOutputLeftLateData: the type of "late" is not that of the elements');
  });
});

describe('window joins', () => {
  it('are a window over both sides; what is no function is refused', () => {
    const job = defineJob('joins', (env) => {
      from(env, 'left')
        .join(from(env, 'right'))
        .where(({ key }) => key, string)
        .equalTo(({ key }) => key)
        .window(tumblingEventTime(10))
        .apply((left, right) => left.at + right.at, int64, { uid: 'join' })
        .sinkTo(out, { uid: 'out' });
    });
    expect(job.nodes.map(({ operator }) => operator.kind)).toEqual([
      'source',
      'source',
      'map',
      'map',
      'window',
      'sink',
    ]);
    const windows = (env: JobEnvironment) =>
      from(env, 'left')
        .coGroup(from(env, 'right'))
        .where(({ key }) => key, string)
        .equalTo(({ key }) => key)
        .window(tumblingEventTime(10));
    // @ts-expect-error -- the compiler sees it, too
    expect(messageOf((env) => void windows(env).apply(7, int64))).toContain('the function of apply is 7');
  });
});
