import { expect, it } from 'vitest';
import { EngineBug, JobError } from '../errors.ts';
import type { ReduceSpec } from '../job/spec.ts';
import { int32, string } from '../job/types.ts';
import type { KeyedImage } from '../state/testing/image.ts';
import { ReduceOperator } from './reduce-operator.ts';
import { OperatorTask } from './testing/operator-host.ts';

function task(fn: ReduceSpec['fn'], restored?: KeyedImage): OperatorTask {
  return new OperatorTask(string, (host) => new ReduceOperator({ kind: 'reduce', fn, type: int32 }, host), restored);
}
const minus: ReduceSpec['fn'] = (a, b) => Number(a) - Number(b);

it('emits the reduction of the key so far, the old value first, with the timestamp of the element', () => {
  const op = task(minus);
  expect(op.process('a', 10, 7)).toEqual([{ tag: undefined, value: 10, timestamp: 7 }]);
  expect(op.process('a', 3, undefined)).toEqual([{ tag: undefined, value: 7, timestamp: undefined }]);
  expect(op.process('b', 3, 1)).toEqual([{ tag: undefined, value: 3, timestamp: 1 }]);
  expect(op.process('a', 2, 0)).toEqual([{ tag: undefined, value: 5, timestamp: 0 }]);
});

it('continues from its snapshot', () => {
  const op = task(minus);
  op.process('a', 10, 0);
  expect(task(minus, op.snapshot()).process('a', 4, 0)).toMatchObject([{ value: 6 }]);
});

it('a function that returns a promise or nothing is refused, with the place, and the state stays', () => {
  const thenable = { then: () => undefined };
  for (const [result, message] of [
    [thenable, 'the reduce function returned a promise'],
    [undefined, 'the reduce function returned undefined'],
  ] as const) {
    let bad = true;
    const op = task((a, b) => (bad ? result : minus(a, b)));
    op.process('a', 10, 0);
    expect(() => op.process('a', 1, 0)).toThrow(JobError);
    expect(() => op.process('a', 1, 0)).toThrow(message);
    bad = false;
    expect(op.process('a', 1, 0)).toMatchObject([{ value: 9 }]);
  }
});

it('has no timers', () => {
  const timer = { timestamp: 1, key: 'a', keyGroup: 0, namespace: undefined };
  const host = task(minus);
  const op = new ReduceOperator({ kind: 'reduce', fn: minus, type: int32 }, host);
  expect(() => op.onEventTimer(timer)).toThrow(EngineBug);
  expect(() => op.onProcessingTimer(timer)).toThrow(EngineBug);
});
