import { expect, it } from 'vitest';
import { createModel } from '../model/model.ts';
import { WINDOWS } from '../testing/jobs.ts';
import { TaskRecord } from './task.ts';
import { TurnBuffer } from './turn.ts';
import { VertexRecord } from './vertex.ts';

function taskOf(subtask: number): TaskRecord {
  const model = createModel(WINDOWS).vertices.find(({ uid }) => uid === 'sums');
  if (model === undefined) throw new Error('the job has no sums');
  const id = { vertex: 'sums', subtask, attempt: 1 };
  return new TaskRecord(id, new VertexRecord(model), { first: 0, last: 3 }, { inputs: [], outputs: [] });
}
const [one, two] = [taskOf(0), taskOf(1)];
const fired = (keyGroup: number, timestamp: number) =>
  ({ task: one.id, keyGroup, timestamp, key: 'a', namespace: { start: 0, end: 10 } }) as const;

it('nothing can be asked of a turn before it is known', () => {
  const turn = new TurnBuffer();
  expect(() => turn.task).toThrow('no turn has begun');
  turn.begin('record', one);
  expect(turn.task).toBe(one);
  expect(() => turn.instance).toThrow('belongs to no instance yet');
  expect(() => turn.expected).toThrow('the model has not run');
});

it('it is open for its own task until it ends', () => {
  const turn = new TurnBuffer();
  expect(turn.isOpenFor).toBeUndefined();
  turn.begin('record', one);
  expect(turn.isOpenFor).toBe(one);
  turn.open = false;
  expect(turn.isOpenFor).toBeUndefined();
});

it('a firing takes the effects behind it, by key group; those before it are strays', () => {
  const turn = new TurnBuffer();
  turn.begin('advance', one);
  turn.effects.clock.push(1);
  turn.fire(fired(0, 9));
  turn.effects.clock.push(2);
  turn.fire(fired(3, 9));
  turn.effects.clock.push(3);
  turn.fire(fired(0, 19));
  turn.effects.clock.push(4);
  expect(turn.stray.clock).toEqual([1]);
  expect([...turn.byGroup].map(([group, { clock }]) => [group, clock])).toEqual([
    [0, [2, 4]],
    [3, [3]],
  ]);
  expect(turn.firings.map(({ timestamp }) => timestamp)).toEqual([9, 9, 19]);
});

it('the next turn begins empty, at the place of its own task', () => {
  const turn = new TurnBuffer();
  turn.begin('advance', one);
  turn.effects.clock.push(1);
  turn.effects.random.push({ n: 2, value: 1 });
  turn.fire(fired(0, 9));
  turn.begin('record', two);
  expect([turn.effects.isEmpty, turn.stray.isEmpty, turn.firings, turn.byGroup.size]).toEqual([true, true, [], 0]);
  expect(turn.effects.place.subtask).toBe(1);
  expect([turn.keyGroup, turn.record, turn.timer, turn.cause]).toEqual([undefined, undefined, undefined, undefined]);
});
