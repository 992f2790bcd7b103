import { expect, it } from 'vitest';
import { unionListState } from '../../job/operator-states.ts';
import { listState, mapState, valueState } from '../../job/states.ts';
import { int32, int64, record, string } from '../../job/types.ts';
import { IoError } from '../../errors.ts';
import { JobFault } from '../../job-fault.ts';
import { UserCode } from '../../user-code.ts';
import { bytesOf } from '../../values/bytes.ts';
import { type OperatorStateHandle, redistributed, shareOf } from '../operator-handles.ts';
import { decodeOperatorState, OperatorStates } from './operator-state.ts';

const numbers = listState('numbers', int32);
const names = unionListState('names', string);

function states(subtask = 0, parallelism = 1): OperatorStates {
  return new OperatorStates('op', new UserCode(), { subtask, parallelism });
}
function opened(of = states()): OperatorStates {
  of.register(() => {
    of.state(numbers);
    of.state(names);
  });
  return of;
}
interface Written {
  readonly handles: readonly OperatorStateHandle[];
  readonly bytes: Uint8Array;
}
function written(of: OperatorStates, object = 'o'): Written {
  const snapshot = of.snapshot();
  let handles: readonly OperatorStateHandle[] = [];
  const bytes = bytesOf((out) => {
    handles = snapshot.write(object, out);
  });
  return { handles, bytes };
}
function restored(from: readonly Written[], to: OperatorStates): OperatorStates {
  for (const { handles, bytes } of from) for (const handle of handles) to.restore(handle, bytes);
  return to;
}
const contentOf = (of: OperatorStates): unknown => of.content().map(({ state, mode, items }) => [state, mode, items]);
function fault(use: () => unknown): string {
  try {
    use();
  } catch (error) {
    if (error instanceof JobFault) return error.message;
    throw error;
  }
  return 'no fault';
}

it('is a list with everything that users know, and what is read stays as it was', () => {
  const of = opened();
  const list = of.state(numbers);
  list.add(1);
  const before = list.get();
  list.update([2, 3]);
  list.add(4);
  expect([before, list.get(), Object.isFrozen(list.get())]).toEqual([[1], [2, 3, 4], true]);
  list.clear();
  expect(list.get()).toEqual([]);
});

it('a snapshot does not see what is written after it, and its items can be dealt out one by one', () => {
  const of = opened();
  of.state(numbers).update([7, 8, 9]);
  const snapshot = of.snapshot();
  of.state(numbers).add(10);
  let handles: readonly OperatorStateHandle[] = [];
  const bytes = bytesOf((out) => {
    handles = snapshot.write('o', out);
  });
  const [, list] = handles;
  if (list === undefined) throw new Error('two states');
  expect(decodeOperatorState(list, bytes)).toEqual({
    operator: 'op',
    state: 'numbers',
    mode: 'split',
    items: [7, 8, 9],
  });
  expect(decodeOperatorState({ ...list, offsets: list.offsets.slice(1, 3) }, bytes).items).toEqual([8]);
});

it('is restored from any old subtasks, in their order; a union is everything', () => {
  const old = [
    [1, 2],
    [3, 4, 5],
  ].map((items, subtask) => {
    const of = opened(states(subtask, 2));
    of.state(numbers).update(items);
    of.state(names).add(`n${subtask}`);
    return written(of, `o${subtask}`);
  });
  const dealt = redistributed(
    old.map(({ handles }) => handles),
    3,
  );
  const given = dealt.map((handles, subtask) => {
    const to = opened(states(subtask, 3));
    for (const handle of handles) to.restore(handle, old[handle.object === 'o0' ? 0 : 1]?.bytes ?? new Uint8Array());
    return to.state(numbers).get();
  });
  expect(given).toEqual([[1, 2], [3, 4], [5]]);
  expect(restored(old, opened()).state(names).get()).toEqual(['n0', 'n1']);
});

it('each list begins where the remainder of the one before ended, in order of name', () => {
  const handle = (state: string, items: number): OperatorStateHandle => ({
    operator: 'op',
    state,
    mode: 'split',
    type: new Uint8Array(),
    object: 'o',
    offsets: Array.from({ length: items + 1 }, (_, i) => i),
  });
  const sizes = redistributed([[handle('b', 1), handle('a', 4)]], 3).map((handles) =>
    ['a', 'b'].map((state) => handles.reduce((n, h) => n + (h.state === state ? h.offsets.length - 1 : 0), 0)),
  );
  // a: 2 to subtask 0, and b begins behind it.
  expect(sizes).toEqual([
    [2, 0],
    [1, 1],
    [1, 0],
  ]);
  // Of another operator the count begins anew.
  const other = redistributed([[handle('a', 4), { ...handle('b', 1), operator: 'other' }]], 3);
  expect(
    other.map((handles) => handles.filter(({ state, offsets }) => state === 'b' && offsets.length > 1).length),
  ).toEqual([1, 0, 0]);
});

it('what nobody registers is carried on: a split list whole, of a union the own share', () => {
  const of = opened();
  of.state(numbers).update([1, 2]);
  of.state(names).update(['a', 'b', 'c']);
  const old = written(of);
  const carried = [0, 1].map((subtask) => written(restored([old], states(subtask, 2))));
  expect(carried.map((one) => contentOf(restored([one], states())))).toEqual([
    [
      ['names', 'union', ['a', 'b']],
      ['numbers', 'split', [1, 2]],
    ],
    [
      ['names', 'union', ['c']],
      ['numbers', 'split', [1, 2]],
    ],
  ]);
  expect([0, 1, 2].map((i) => shareOf(['a', 'b'], i, 3))).toEqual([['a'], ['b'], []]);
});

it('a state that comes late, with another type or of another kind is refused by name, with both types', () => {
  const late = states();
  expect(fault(() => late.state(numbers))).toMatch(/state "numbers" \(a list of int32\) is registered late: ask/);
  const old = written(opened());
  const again = restored([old], states());
  expect(fault(() => again.state(names))).toMatch(/registered late; the checkpoint holds a union list of string/);
  const asked = (descriptor: Parameters<OperatorStates['state']>[0]): string => {
    const of = restored([old], states());
    return fault(() => {
      of.register(() => of.state(descriptor));
    });
  };
  expect(asked(listState('numbers', string))).toMatch(/state "numbers" was written as int32 and is declared as string/);
  expect(asked(unionListState('numbers', int32))).toMatch(
    /is in the checkpoint as a list of int32 and is asked for as a union list of int32/,
  );
  const twice = opened();
  expect(fault(() => twice.state(listState('numbers', record({ n: int32 }))))).toMatch(
    /state "numbers" was registered with items of int32 and is asked for with items of record/,
  );
  expect(fault(() => opened().state(listState('l', int32, { ttl: { ms: 5 } })))).toMatch(/only keyed state/);
  const wrong: unknown[] = [valueState('v', int32), mapState('m', string, int32)];
  for (const descriptor of wrong)
    expect(fault(() => opened().state(descriptor as typeof numbers))).toMatch(
      /has lists \(listState, unionListState\)/,
    );
});

it('what was restored becomes what is declared, where it can', () => {
  const of = opened();
  of.state(numbers).update([1, 2]);
  const wide = listState('numbers', int64);
  const again = restored([written(of)], states());
  again.register(() => again.state(wide));
  again.state(wide).add(2 ** 40);
  expect(contentOf(restored([written(again)], states()))).toEqual([
    ['names', 'union', []],
    ['numbers', 'split', [1, 2, 2 ** 40]],
  ]);
});

it('an item that is not of the type, or undefined, is refused where it is written', () => {
  const list = opened().state(listState<unknown>('numbers', int32));
  expect(fault(() => list.add('x'))).toMatch(/add of state "numbers": the value is not of its type/);
  expect(fault(() => list.update([1, undefined]))).toMatch(/update of state "numbers" with undefined/);
  expect(list.get()).toEqual([]);
});

it('damaged handles and parts of two types are errors of the storage', () => {
  const of = opened();
  of.state(numbers).update([1, 2]);
  const { handles, bytes } = written(of);
  const handle = handles.find(({ state }) => state === 'numbers');
  if (handle === undefined) throw new Error('it is there');
  expect(() => decodeOperatorState({ ...handle, offsets: [0, 999] }, bytes)).toThrow(IoError);
  const other = handles.find(({ state }) => state === 'names');
  const to = states();
  to.restore(handle, bytes);
  expect(() => {
    to.restore({ ...handle, type: other?.type ?? handle.type }, new Uint8Array());
  }).toThrow(IoError);
});
