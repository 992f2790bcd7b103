import { expect, it } from 'vitest';
import {
  int32,
  type KeyedBroadcastContext,
  type KeyedBroadcastProcessFunction,
  type KeyedCoProcessFunction,
  type KeyedReadOnlyContext,
  type MapState,
  mapState,
  string,
  valueState,
} from '../api/index.ts';
import { BroadcastStore } from '../state/broadcast-state.ts';
import { UserCode } from '../user-code.ts';
import { CoProcessOperator } from './co-process-operator.ts';
import { KeyedBroadcastOperator } from './keyed-broadcast-operator.ts';
import type { KeyedOperator } from './operator.ts';
import { OperatorTask } from './testing/operator-host.ts';

const sum = valueState('sum', int32);
const rules = mapState('rules', string, int32);

it('both inputs of a two-input function share the state and the timers of a key', () => {
  const fn = (): KeyedCoProcessFunction<unknown, unknown, unknown, unknown> => ({
    processElement1: (value, ctx) => {
      ctx.getState(sum).update((ctx.getState(sum).value() ?? 0) + Number(value));
      ctx.timerService.registerEventTimeTimer(10);
    },
    processElement2: (value, ctx, out) => out.collect(`${String(value)} ${ctx.getState(sum).value() ?? 0}`),
    onTimer: (timestamp, ctx, out) => out.collect(`${timestamp} ${ctx.getState(sum).value() ?? 0}`),
  });
  const task = new OperatorTask(string, (host) => new CoProcessOperator(fn, host));
  expect(task.process('a', 3, 1, 1)).toEqual([]);
  expect(task.process('a', 'sum', 2, 2)).toEqual([{ tag: undefined, value: 'sum 3', timestamp: 2 }]);
  expect(task.process('b', 'sum', 2, 2)).toEqual([{ tag: undefined, value: 'sum 0', timestamp: 2 }]);
  expect(task.advance(10)).toEqual([{ tag: undefined, value: '10 3', timestamp: 10 }]);
});

/** A task of a keyed broadcast function, and its broadcast side. */
function broadcastTask(fn: KeyedBroadcastProcessFunction<unknown, unknown, unknown, unknown>) {
  let side: KeyedBroadcastOperator | undefined;
  const store = new BroadcastStore('op', [rules], new UserCode());
  const task = new OperatorTask(
    string,
    (host): KeyedOperator => (side = new KeyedBroadcastOperator(() => fn, host, store)),
  );
  return {
    task,
    broadcast: (value: unknown, timestamp: number) => task.turn(() => side?.processBroadcastElement(value, timestamp)),
  };
}

it('elements of every key read what broadcast elements have written', () => {
  const { task, broadcast } = broadcastTask({
    processElement: (value, ctx, out) => out.collect([value, ctx.getBroadcastState(rules).entries()]),
    processBroadcastElement: (value, ctx, out) => {
      ctx.getBroadcastState(rules).put(String(value), 1);
      out.collect(`got ${String(value)}`);
    },
  });
  expect(task.process('a', 1, 5)).toEqual([{ tag: undefined, value: [1, []], timestamp: 5 }]);
  expect(broadcast('r', 6)).toEqual([{ tag: undefined, value: 'got r', timestamp: 6 }]);
  expect(task.process('b', 2, 7)).toEqual([{ tag: undefined, value: [2, [['r', 1]]], timestamp: 7 }]);
});

it('refuses a write on the side of the elements', () => {
  const write = (_: unknown, ctx: KeyedReadOnlyContext): void =>
    (ctx.getBroadcastState(rules) as MapState<string, number>).put('a', 1);
  const { task } = broadcastTask({ processElement: write, processBroadcastElement: () => undefined });
  expect(() => task.process('a', 1, 5)).toThrow('the broadcast state "rules" is read-only for elements and timers');
});

it('a visit sees each key that has an entry in the state, in the order of the bytes, and may change it', () => {
  const visited: unknown[] = [];
  const { task, broadcast } = broadcastTask({
    processElement: (value, ctx) => ctx.getState(sum).update(Number(value)),
    processBroadcastElement: (value, ctx: KeyedBroadcastContext) => {
      ctx.applyToKeyedState(sum, {
        process: (key, state) => {
          visited.push([key, state.value()]);
          if (value === 'clear') state.clear();
          else state.update((state.value() ?? 0) + 1);
        },
      });
    },
  });
  // A longer text comes later: its length is its first byte.
  for (const [i, key] of ['zz', 'b', 'a', 'hello'].entries()) task.process(key, i, 1);
  broadcast('add', 2);
  broadcast('clear', 3);
  broadcast('add', 4);
  expect(visited).toEqual([
    ['a', 2],
    ['b', 1],
    ['zz', 0],
    ['hello', 3],
    ['a', 3],
    ['b', 2],
    ['zz', 1],
    ['hello', 4],
  ]);
});
