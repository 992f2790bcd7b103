import { describe, expect, it } from 'vitest';
import { MIN_TIMESTAMP, outputTag } from '../job/functions.ts';
import { listState, mapState, valueState } from '../job/states.ts';
import type { KeyedProcessFunction } from '../job/functions.ts';
import { int32, string } from '../job/types.ts';
import { JobError } from '../errors.ts';
import { ProcessOperator } from './process-operator.ts';
import { OperatorTask } from './testing/operator-host.ts';
import { contentsOf, type KeyedImage } from '../state/testing/image.ts';

type Fn = KeyedProcessFunction<unknown, unknown, unknown>;
function task(fn: Fn, restored?: KeyedImage): OperatorTask {
  return new OperatorTask(string, (host) => new ProcessOperator(() => fn, host), restored);
}
const values = (emitted: readonly { readonly value: unknown }[]): unknown[] => emitted.map(({ value }) => value);

describe('a turn', () => {
  it('sees its key, timestamp, watermark and clock, and emits with its timestamp', () => {
    const op = task({
      processElement: (value, ctx, out) => {
        const { timerService } = ctx;
        out.collect([
          value,
          ctx.currentKey,
          ctx.timestamp ?? null,
          timerService.currentWatermark(),
          timerService.currentProcessingTime(),
        ]);
        ctx.output(outputTag('side', int32), ctx.random(6));
      },
    });
    op.clock = 77;
    expect(op.process('a', 'v', 5)).toEqual([
      { tag: undefined, value: ['v', 'a', 5, MIN_TIMESTAMP, 77], timestamp: 5 },
      { tag: 'side', value: 5, timestamp: 5 },
    ]);
    op.advance(3);
    expect(values(op.process('b', 'v', undefined))).toEqual([['v', 'b', null, 3, 77], 5]);
  });

  it('has the state of its key: value, list and map', () => {
    const count = valueState('count', int32);
    const seen = listState('seen', string);
    const by = mapState('by', string, int32);
    const op = task({
      processElement: (value, ctx, out) => {
        const word = String(value);
        ctx.getState(count).update((ctx.getState(count).value() ?? 0) + 1);
        ctx.getState(seen).add(word);
        ctx.getState(by).put(word, (ctx.getState(by).get(word) ?? 0) + 1);
        out.collect([ctx.getState(count).value(), ctx.getState(seen).get(), ctx.getState(by).entries()]);
      },
    });
    op.process('k', 'y', 0);
    op.process('other', 'z', 0);
    op.process('k', 'x', 0);
    expect(values(op.process('k', 'y', 0))).toEqual([
      [
        3,
        ['y', 'x', 'y'],
        [
          ['x', 1],
          ['y', 2],
        ],
      ],
    ]);
  });

  it('may clear its state; an emptied state is no entry', () => {
    const count = valueState('count', int32);
    const seen = listState('seen', string);
    const by = mapState('by', string, int32);
    const op = task({
      processElement: (value, ctx, out) => {
        if (value === 'clear') {
          ctx.getState(count).clear();
          ctx.getState(seen).update([]);
          ctx.getState(by).remove('x');
        } else {
          ctx.getState(count).update(1);
          ctx.getState(seen).update(['x', 'y']);
          ctx.getState(by).put('x', 1);
        }
        out.collect([ctx.getState(count).value() ?? null, ctx.getState(seen).get(), ctx.getState(by).has('x')]);
      },
    });
    const empty = op.snapshot();
    expect(values(op.process('k', 'set', 0))).toEqual([[1, ['x', 'y'], true]]);
    expect(values(op.process('k', 'clear', 0))).toEqual([[null, [], false]]);
    expect(contentsOf(op.snapshot())).toEqual(contentsOf(empty));
    expect(contentsOf(empty).map(({ entries }) => entries)).toEqual([[], [], [], []]);
  });

  it('undefined is no value, and no element of a list or map', () => {
    const last = valueState<unknown>('last', string);
    expect(() => task({ processElement: (_, ctx) => ctx.getState(last).update(undefined) }).process('a', 0, 0)).toThrow(
      'update of state "last" with undefined',
    );
    const seen = listState<unknown>('seen', string);
    const by = mapState<string, unknown>('by', string, string);
    expect(() => task({ processElement: (_, ctx) => ctx.getState(seen).add(undefined) }).process('a', 0, 0)).toThrow(
      JobError,
    );
    expect(() =>
      task({ processElement: (_, ctx) => ctx.getState(seen).update([undefined]) }).process('a', 0, 0),
    ).toThrow(JobError);
    expect(() => task({ processElement: (_, ctx) => ctx.getState(by).put('x', undefined) }).process('a', 0, 0)).toThrow(
      JobError,
    );
  });
});

describe('timers', () => {
  const echo: Fn = {
    processElement: (value, ctx) => {
      for (const t of value as number[]) ctx.timerService.registerEventTimeTimer(t);
    },
    onTimer: (timestamp, ctx, out) => out.collect([timestamp, ctx.timestamp, ctx.currentKey, ctx.timeDomain]),
  };

  it('fire in order, once, with their timestamp and key', () => {
    const op = task(echo);
    op.process('b', [5, 3, 5], 0);
    op.process('a', [5, 9], 0);
    expect(op.advance(5)).toEqual([
      { tag: undefined, value: [3, 3, 'b', 'event'], timestamp: 3 },
      { tag: undefined, value: [5, 5, 'a', 'event'], timestamp: 5 },
      { tag: undefined, value: [5, 5, 'b', 'event'], timestamp: 5 },
    ]);
    expect(values(op.advance(9))).toEqual([[9, 9, 'a', 'event']]);
  });

  it('registered while firing, at or below the watermark, fire in the same advance', () => {
    const op = task({
      processElement: (_, ctx) => ctx.timerService.registerEventTimeTimer(1),
      onTimer: (timestamp, ctx, out) => {
        out.collect(timestamp);
        ctx.timerService.registerEventTimeTimer(timestamp + 4);
      },
    });
    op.process('a', 0, 0);
    expect(values(op.advance(10))).toEqual([1, 5, 9]);
    expect(values(op.advance(13))).toEqual([13]);
  });

  it('for the past wait for the next advance; deleted ones do not fire', () => {
    const op = task({
      ...echo,
      processElement: (_, ctx) => {
        ctx.timerService.registerEventTimeTimer(2);
        ctx.timerService.registerEventTimeTimer(4);
        ctx.timerService.deleteEventTimeTimer(4);
        ctx.timerService.deleteEventTimeTimer(5);
      },
    });
    op.advance(7);
    expect(op.process('a', 0, 0)).toEqual([]);
    expect(values(op.advance(8))).toEqual([[2, 2, 'a', 'event']]);
    expect(op.facts.map(([kind, fact]) => [kind, 'timestamp' in fact && fact.timestamp])).toEqual([
      ['timerRegistered', 2],
      ['timerRegistered', 4],
      ['timerDeleted', 4],
    ]);
  });

  it('of processing time arm the clock and fire by it', () => {
    const op = task({
      ...echo,
      processElement: (_, ctx) => {
        ctx.timerService.registerProcessingTimeTimer(100);
        ctx.timerService.registerProcessingTimeTimer(100);
        ctx.timerService.registerProcessingTimeTimer(50);
        ctx.timerService.deleteProcessingTimeTimer(50);
      },
    });
    op.process('a', 0, 0);
    expect(op.armed).toEqual([100, 50]);
    expect(values(op.tick(100))).toEqual([]);
    expect(values(op.tick(101))).toEqual([[100, 100, 'a', 'processing']]);
  });

  it('of processing time emit without a timestamp, except to a side output, which has that of the timer', () => {
    const side = outputTag('side', int32);
    const op = task({
      processElement: (_, ctx) => {
        ctx.timerService.registerProcessingTimeTimer(100);
      },
      onTimer: (timestamp, ctx, out) => {
        out.collect(timestamp);
        ctx.output(side, timestamp);
      },
    });
    op.process('a', 0, 7);
    expect(op.tick(101)).toEqual([
      { tag: undefined, value: 100, timestamp: undefined },
      { tag: 'side', value: 100, timestamp: 100 },
    ]);
  });

  it('survive a restore', () => {
    const op = task(echo);
    op.process('a', [5], 0);
    op.advance(2);
    expect(values(task(echo, op.snapshot()).advance(5))).toEqual([[5, 5, 'a', 'event']]);
  });

  it('are whole numbers, of a function that has onTimer', () => {
    const processElement: Fn['processElement'] = (value, ctx) => {
      ctx.timerService.registerEventTimeTimer(Number(value));
    };
    const op = task({ processElement, onTimer: () => undefined });
    op.process('a', 4, 0);
    expect(op.advance(4)).toEqual([]);
    expect(() => op.process('a', 1.5, 0)).toThrow('an event-time timer at 1.5');
    expect(() => task({ processElement }).process('a', 4, 0)).toThrow('the function has no onTimer');
  });
});

describe('a function', () => {
  it('is opened once and closed once', () => {
    const calls: unknown[] = [];
    const op = task({
      open: (ctx) => calls.push(ctx),
      processElement: () => undefined,
      close: () => calls.push('close'),
    });
    op.process('a', 0, 0);
    op.close();
    expect(calls).toEqual([{ uid: 'op', subtask: 0, parallelism: 1 }, 'close']);
  });

  it('that returns or emits a promise is refused, with the place', () => {
    const thenable = { then: () => undefined };
    expect(() => task({ processElement: () => thenable }).process('a', 0, 0)).toThrow(
      'processElement returned a promise',
    );
    expect(() => task({ processElement: (_, _ctx, out) => out.collect(thenable) }).process('a', 0, 0)).toThrow(
      JobError,
    );
    expect(() => task({ open: () => thenable, processElement: () => undefined })).toThrow(JobError);
  });
});
