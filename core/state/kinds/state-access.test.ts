/** Reducing and aggregating state through a keyed function. The other kinds: `operators/process-operator.test.ts`. */
import { expect, it } from 'vitest';
import type { KeyedProcessFunction } from '../../job/functions.ts';
import {
  aggregatingState,
  listState,
  mapState,
  reducingState,
  type StateDescriptor,
  valueState,
} from '../../job/states.ts';
import { int32, list, record, string } from '../../job/types.ts';
import { JobFault } from '../../job-fault.ts';
import { ProcessOperator } from '../../operators/process-operator.ts';
import { OperatorTask } from '../../operators/testing/operator-host.ts';
import { contentsOf, type KeyedImage } from '../testing/image.ts';

type Fn = KeyedProcessFunction<unknown, unknown, unknown>;
function task(processElement: Fn['processElement'], restored?: KeyedImage): OperatorTask {
  return new OperatorTask(string, (host) => new ProcessOperator(() => ({ processElement }), host), restored);
}

const total = reducingState('total', int32, (a, b) => a + b);
const mean = aggregatingState('mean', record({ sum: int32, count: int32 }), {
  createAccumulator: () => ({ sum: 0, count: 0 }),
  add: (value: number, { sum, count }) => ({ sum: sum + value, count: count + 1 }),
  getResult: ({ sum, count }) => sum / count,
});

/** Adds numbers, clears otherwise; emits what both states hold before and after. */
const both: Fn['processElement'] = (value, ctx, out) => {
  const states = [ctx.getState(total), ctx.getState(mean)];
  const before = states.map((state) => state.get() ?? null);
  for (const state of states) {
    if (typeof value === 'number') state.add(value);
    else state.clear();
  }
  out.collect([...before, ...states.map((state) => state.get() ?? null)]);
};
const emitted = (op: OperatorTask, key: string, value: unknown): unknown => op.process(key, value, 0)[0]?.value;
const stored = (op: OperatorTask): unknown =>
  contentsOf(op.snapshot()).flatMap(({ entries }) => entries.map(({ state, key, value }) => [state, key, value]));

it('each key has what its items reduce to, and an accumulator with its result; nothing before the first and after clear', () => {
  const op = task(both);
  expect(emitted(op, 'k', 4)).toEqual([null, null, 4, 4]);
  expect(emitted(op, 'other', 10)).toEqual([null, null, 10, 10]);
  expect(emitted(op, 'k', 8)).toEqual([4, 4, 12, 6]);
  expect(emitted(op, 'other', 'clear')).toEqual([10, 10, null, null]);
  expect(stored(op)).toEqual([
    ['mean', 'k', { sum: 12, count: 2 }],
    ['total', 'k', 12],
  ]);
});

it('a restored one goes on from what was stored', () => {
  const before = task(both);
  emitted(before, 'k', 4);
  expect(emitted(task(both, before.snapshot()), 'k', 8)).toEqual([4, 4, 12, 6]);
});

/** The fault of the second of two items. */
function faultOf(use: (ctx: Parameters<Fn['processElement']>[1], value: number) => void): unknown {
  const op = task((value, ctx) => {
    use(ctx, Number(value));
  });
  try {
    op.process('k', 1, 0);
    op.process('k', 2, 0);
    return undefined;
  } catch (error) {
    return error instanceof JobFault ? [error.kind, error.message] : error;
  }
}
const reducing = (reduce: (a: number, b: number) => unknown) => (ctx: Parameters<Fn['processElement']>[1], n: number) =>
  ctx.getState(reducingState<unknown>('total', int32, (a, b) => reduce(Number(a), Number(b)))).add(n);

it.each<[string, string, string, Parameters<typeof faultOf>[0]]>([
  [
    'reduce throws',
    'threw',
    'processElement threw Error: no luck',
    reducing(() => {
      throw new Error('no luck');
    }),
  ],
  [
    'reduce returns another type',
    'not-of-type',
    'the result of reduce of state "total": the value is not of its type (int32)',
    reducing(() => 'x'),
  ],
  [
    'reduce returns nothing',
    'bad-result',
    'the result of reduce of state "total" is undefined',
    reducing(() => undefined),
  ],
  [
    'reduce returns a promise',
    'async',
    'the result of reduce of state "total": the value is a promise',
    reducing(() => ({ then: () => undefined })),
  ],
  [
    'an item of another type',
    'not-of-type',
    'add of state "total": the value is not of its type (int32)',
    (ctx) => ctx.getState(reducingState<unknown>('total', int32, () => 1)).add('x'),
  ],
  [
    'an item that is undefined',
    'state',
    'add of state "mean" with undefined',
    (ctx) =>
      ctx
        .getState(
          aggregatingState<unknown, number, number>('mean', int32, {
            createAccumulator: () => 0,
            add: () => 1,
            getResult: (n) => n,
          }),
        )
        .add(undefined),
  ],
  [
    'createAccumulator returns another type',
    'not-of-type',
    'the result of createAccumulator of state "all"',
    (ctx) =>
      ctx
        .getState(
          aggregatingState<number, unknown, unknown>('all', int32, {
            createAccumulator: () => 'x',
            add: () => 1,
            getResult: (n) => n,
          }),
        )
        .add(1),
  ],
  [
    'add changes the accumulator',
    'mutated',
    'processElement changed the result of createAccumulator of state "all"',
    (ctx, n) =>
      ctx
        .getState(
          aggregatingState('all', list(int32), {
            createAccumulator: (): readonly number[] => [],
            add: (value: number, values) => {
              (values as number[]).push(value);
              return values;
            },
            getResult: (values) => values.length,
          }),
        )
        .add(n),
  ],
])('%s: a fault of the job', (_name, kind, message, use) => {
  expect(faultOf(use)).toEqual([kind, expect.stringContaining(message)]);
});

it.each<[StateDescriptor, StateDescriptor, string]>([
  [
    total,
    valueState('total', int32),
    'state "total" is a reducing state of int32 and is asked for as a value state of int32',
  ],
  [
    valueState('mean', list(int32)),
    listState('mean', int32),
    'state "mean" is a value state of list(int32) and is asked for as a list state of int32',
  ],
  [
    total,
    reducingState('total', string, (a, b) => a + b),
    'state "total" is a reducing state of int32 and is asked for as a reducing state of string',
  ],
  [
    mapState('m', string, int32),
    mapState('m', int32, int32),
    'state "m" is a map state of string to int32 and is asked for as a map state of int32 to int32',
  ],
  [
    valueState('old', int32, { ttl: { ms: 5 } }),
    valueState('old', string, { ttl: { ms: 5 } }),
    'state "old" is a value state of int32 and is asked for as a value state of string',
  ],
])('one name is of one kind and one type, and both are named', (first, second, message) => {
  expect(
    faultOf((ctx, n) => {
      ctx.getState(n === 1 ? first : second);
    }),
  ).toEqual(['state', expect.stringContaining(message)]);
});

const items = listState('items', int32);
const byName = mapState('by-name', string, int32);

it('addAll and putAll take all or nothing; keys, values and entries come in one order', () => {
  const op = task((value, ctx, out) => {
    const list = ctx.getState(items);
    const map = ctx.getState(byName);
    if (value === 'fill') {
      list.addAll([3, 1]);
      list.addAll([]);
      map.putAll(
        new Map([
          ['long name', 1],
          ['b', 2],
          ['a', 3],
        ]),
      );
      map.putAll([['b', 4]]);
    }
    out.collect([list.get(), map.entries(), map.keys(), map.values(), map.isEmpty(), map.contains('b'), map.has('c')]);
  });
  expect(emitted(op, 'k', 'read')).toEqual([[], [], [], [], true, false, false]);
  expect(emitted(op, 'k', 'fill')).toEqual([
    [3, 1],
    [
      ['a', 3],
      ['b', 4],
      ['long name', 1],
    ],
    ['a', 'b', 'long name'],
    [3, 4, 1],
    false,
    true,
    false,
  ]);
});

it.each<[string, Parameters<typeof faultOf>[0]]>([
  ['addAll of state "items": the value is not of its type', (ctx) => ctx.getState(items).addAll([1, 'x' as never])],
  ['addAll of state "items": expected a list of its items, got 5', (ctx) => ctx.getState(items).addAll(5 as never)],
  [
    'putAll of state "by-name" with undefined',
    (ctx) =>
      ctx.getState(byName).putAll([
        ['a', 1],
        ['b', undefined as never],
      ]),
  ],
  [
    'putAll of state "by-name": its key: the value is not of its type',
    (ctx) => ctx.getState(byName).putAll([[1 as never, 1]]),
  ],
  [
    'putAll of state "by-name": expected pairs [key, value], got "ab"',
    (ctx) => ctx.getState(byName).putAll(['ab' as never]),
  ],
  [
    'putAll of state "by-name": expected a Map or a list of pairs [key, value], got 7',
    (ctx) => ctx.getState(byName).putAll(7 as never),
  ],
])('%s: refused, and nothing is stored', (message, use) => {
  const op = task((_value, ctx) => {
    use(ctx, 1);
  });
  expect(() => op.process('k', 1, 0)).toThrow(message);
  expect(stored(op)).toEqual([]);
});

it('state, timers and key are refused while no key is current', () => {
  const kept: Parameters<Fn['processElement']>[1][] = [];
  let use = (ctx: (typeof kept)[number]): unknown => ctx.getState(items).get();
  const fn: Fn = {
    processElement: (_value, ctx) => {
      kept.push(ctx);
      ctx.getState(items).add(1);
    },
    close: () => {
      for (const ctx of kept) use(ctx);
    },
  };
  const uses: [string, typeof use][] = [
    ['get of state "items" while no key is current', use],
    ['currentKey while no key is current', (ctx) => ctx.currentKey],
    ['an event-time timer while no key', (ctx) => ctx.timerService.registerEventTimeTimer(1)],
    ['deleteEventTimeTimer while no key', (ctx) => ctx.timerService.deleteEventTimeTimer(1)],
    ['currentWatermark while no key', (ctx) => ctx.timerService.currentWatermark()],
  ];
  for (const [message, one] of uses) {
    const op = new OperatorTask(string, (host) => new ProcessOperator(() => fn, host));
    op.process('k', 1, 0);
    use = one;
    expect(() => op.close()).toThrow(message);
    kept.length = 0;
  }
});
