/** Reducing and aggregating state through a keyed function. The other kinds: `operators/process-operator.test.ts`. */
import { expect, it } from 'vitest';
import type { KeyedProcessFunction } from '../../job/functions.ts';
import { aggregatingState, listState, reducingState, type StateDescriptor, valueState } from '../../job/states.ts';
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
  [total, valueState('total', int32), 'is a reducing state and cannot be used as a value state'],
  [valueState('mean', list(int32)), listState('mean', int32), 'is a value state and cannot be used as a list state'],
  [total, reducingState('total', string, (a, b) => a + b), 'total'],
])('one name is of one kind and one type', (first, second, message) => {
  expect(
    faultOf((ctx, n) => {
      ctx.getState(n === 1 ? first : second);
    }),
  ).toEqual(['state', expect.stringContaining(message)]);
});
