import { describe, expect, it } from 'vitest';
import {
  type AggregateFunction,
  defineJob,
  int32,
  int64,
  type JobSpec,
  type KeyedCoProcessFunction,
  type KeyedProcessFunction,
  logSink,
  logSource,
  noWatermarks,
  outputTag,
  record,
  string,
  tumblingEventTime,
  valueState,
} from '../../core/api/index.ts';
import { operatorHarness } from './operator-harness.ts';
import { testStream } from './test-stream.ts';

const click = record({ key: string, at: int64 });
interface Click {
  readonly key: string;
  readonly at: number;
}
const late = outputTag('late', click);
const counting: AggregateFunction<Click, number, number> = {
  createAccumulator: () => 0,
  add: (_click, count) => count + 1,
  getResult: (count) => count,
};
const pane = record({ start: int64, count: int32 });

/** Clicks a key has in each window of 10 ms. */
function windows(): JobSpec {
  return defineJob('windows', (env) => {
    const panes = env
      .fromSource(logSource({ topic: 'clicks', type: click }), {
        uid: 'clicks',
        watermarks: noWatermarks({ timestamp: ({ at }) => at }),
      })
      .keyBy(({ key }) => key, string)
      .window(tumblingEventTime(10))
      .sideOutputLateData(late)
      .aggregate(counting, int32, pane, ({ window, result }) => ({ start: window.start, count: result }))
      .uid('window');
    panes.sinkTo(logSink({ topic: 'panes', type: pane }), { uid: 'panes' });
    panes.getSideOutput(late).sinkTo(logSink({ topic: 'late', type: click }), { uid: 'late-out' });
  });
}
const at = (...times: readonly number[]): readonly Click[] => times.map((time) => ({ key: 'a', at: time }));

describe('testStream', () => {
  it('fires what the watermark says, at its boundary, and what comes later is late', () => {
    const { output, attempts } = testStream(windows())
      .add(at(1, 9, 10))
      .advanceWatermarkTo(8)
      .add(at(2))
      .advanceWatermarkTo(9)
      .add(at(3, 11))
      .run();
    expect(output['panes']).toEqual([
      { start: 0, count: 3 },
      { start: 10, count: 2 },
    ]);
    expect([output['late'], attempts]).toEqual([at(3), 1]);
  });

  it('a crash and a rescale go back to the newest checkpoint, and change nothing of the output', () => {
    const { output, attempts, checkpoints } = testStream(windows())
      .add(at(1, 12))
      .advanceWatermarkTo(10)
      .checkpoint()
      .add(at(13))
      .crash('window[1]')
      .add(at(4))
      .rescale(3)
      .add(at(14))
      .run();
    expect(output['panes']).toEqual([
      { start: 0, count: 1 },
      { start: 10, count: 3 },
    ]);
    expect(output['late']).toEqual(at(4));
    expect([attempts, checkpoints]).toEqual([3, 2]);
  });

  it('an idle source does not hold the other back, until it speaks again', () => {
    const counted = record({ key: string, n: int32, at: int64 });
    type Both = KeyedCoProcessFunction<string, Click, Click, { key: string; n: number; at: number }>;
    const n = valueState('n', int32);
    const both = (): Both => ({
      processElement1: ({ at: time }, ctx) => {
        ctx.getState(n).update((ctx.getState(n).value() ?? 0) + 1);
        ctx.timerService.registerEventTimeTimer(time);
        ctx.timerService.registerProcessingTimeTimer(ctx.timerService.currentProcessingTime() + 1_000);
      },
      processElement2: () => undefined,
      onTimer: (time, ctx, out) => {
        out.collect({
          key: ctx.timeDomain,
          n: ctx.getState(n).value() ?? 0,
          at: ctx.timeDomain === 'event' ? time : 0,
        });
      },
    });
    const job = defineJob('both', (env) => {
      const source = (uid: string) =>
        env
          .fromSource(logSource({ topic: uid, type: click }), {
            uid,
            watermarks: noWatermarks({ timestamp: (c: Click) => c.at }),
          })
          .keyBy(({ key }) => key, string);
      source('left')
        .connect(source('right'))
        .process(both, counted, { uid: 'both' })
        .sinkTo(logSink({ topic: 'out', type: counted }), { uid: 'out' });
    });
    const script = testStream(job, { parallelism: 1 })
      .add(at(5), { source: 'left' })
      .advanceWatermarkTo(7, 'left')
      .advanceProcessingTime(900)
      .add(at(8), { source: 'left' })
      .idle('right')
      .advanceProcessingTime(200)
      .advanceWatermarkTo(9, 'right')
      .advanceWatermarkTo(9, 'left');
    expect(script.run().output['out']).toEqual([
      { key: 'event', n: 2, at: 5 },
      { key: 'processing', n: 2, at: 0 },
      { key: 'event', n: 2, at: 8 },
    ]);
  });

  it('a step that cannot be done says what there is', () => {
    expect(() => testStream(windows()).crash('pane[0]').run()).toThrow(
      /step 1: there is no task pane\[0\]; there are .*window\[0\], window\[1\]/,
    );
    expect(() => testStream(windows()).add(at(1), { source: 'other' }).run()).toThrow(
      'step 1: there is no source other; there are clicks',
    );
    expect(() => testStream(windows()).add(at(1), { partition: 1 }).run()).toThrow('partitions 0 to 0, not 1');
  });
});

describe('operatorHarness', () => {
  const side = outputTag('side', int64);
  const counts = valueState('count', int32);
  const options = { key: ({ key }: Click) => key, keyType: string, outType: int32, sideOutputs: [side] };
  const counter = (): KeyedProcessFunction<string, Click, number> => ({
    processElement({ at: time }, ctx, out) {
      const count = (ctx.getState(counts).value() ?? 0) + 1;
      ctx.getState(counts).update(count);
      ctx.timerService.registerEventTimeTimer(time + 10);
      ctx.timerService.registerProcessingTimeTimer(ctx.timerService.currentProcessingTime() + 50);
      out.collect(count);
    },
    onTimer(timestamp, ctx, out) {
      if (ctx.timeDomain === 'processing') ctx.output(side, timestamp);
      else out.collect(-(ctx.getState(counts).value() ?? 0));
    },
  });

  it('what is in state survives a restore after every step: values, timers of both kinds, the watermark', () => {
    const harness = operatorHarness(counter, options);
    expect(harness.process({ key: 'a', at: 1 }, 1)).toEqual([{ tag: undefined, value: 1, timestamp: 1 }]);
    expect(harness.process({ key: 'a', at: 2 }, 2).map(({ value }) => value)).toEqual([2]);
    expect(harness.advanceWatermarkTo(10)).toEqual([]);
    expect(harness.advanceWatermarkTo(11)).toEqual([{ tag: undefined, value: -2, timestamp: 11 }]);
    expect(harness.advanceProcessingTime(50)).toEqual([]);
    expect(harness.advanceProcessingTime(1)).toEqual([{ tag: 'side', value: 50, timestamp: 50 }]);
    expect(harness.end()).toEqual([{ tag: undefined, value: -2, timestamp: 12 }]);
  });

  it('what is kept in a field shows at the first step at which it matters', () => {
    const forgetful = (): KeyedProcessFunction<string, Click, number> => {
      let count = 0;
      return {
        processElement: (_click, _ctx, out) => {
          out.collect(++count);
        },
      };
    };
    const harness = operatorHarness(forgetful, options);
    harness.process({ key: 'a', at: 1 }, 1);
    expect(() => harness.process({ key: 'a', at: 2 }, 2)).toThrow(
      'step 2, element {"key":"a","at":2}: restored from its snapshot the function emits 1, without a restore 2; keep what',
    );
  });
});
