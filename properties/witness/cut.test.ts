import { expect, it } from 'vitest';
import { ChannelRecord } from './channel.ts';
import { Cut } from './cut.ts';
import { tally, TALLY } from './history.ts';
import { createModel } from '../model/model.ts';
import { WINDOWS } from '../testing/jobs.ts';
import { VertexRecord } from './vertex.ts';

const channel = (sender = 0): ChannelRecord => {
  const made = new ChannelRecord({ edge: 0, attempt: 1, sender, receiver: 0 });
  for (const value of ['a', 'b', 'c']) made.send(value, undefined, undefined);
  return made;
};
const at = (records: number) => ({ records, controls: 0 });
const talliedFrom = (ids: readonly (readonly [ChannelRecord, number])[]): readonly number[] => {
  const lanes = new Array<number>(TALLY).fill(0);
  for (const [one, seq] of ids) tally(lanes, 0, one, seq);
  return lanes;
};

it('a tally is a multiset: order does not matter, another send does, and one send too many does', () => {
  const [one, other] = [channel(0), channel(1)];
  expect(talliedFrom([[one, 0], [one, 1]])).toEqual(talliedFrom([[one, 1], [one, 0]])); // prettier-ignore
  expect(talliedFrom([[one, 0]])).not.toEqual(talliedFrom([[one, 1]]));
  expect(talliedFrom([[one, 0]])).not.toEqual(talliedFrom([[other, 0]]));
  expect(talliedFrom([[one, 0]])).not.toEqual(talliedFrom([[one, 0], [one, 0]])); // prettier-ignore
});

it('in flight is what was sent before the cut of the sender and not received before that of the receiver', () => {
  const cut = new Cut(1, 1, undefined, []);
  const line = channel();
  expect(cut.channel(line).inFlight()).toEqual([]);
  cut.channel(line).sent = at(3);
  cut.channel(line).received = at(1);
  expect(cut.channel(line).inFlight()).toMatchObject([{ value: 'b' }, { value: 'c' }]);
});

it('a keyed vertex has left as many key groups as it had, and none if all its subtasks had finished; one without key never has', () => {
  const vertices = createModel(WINDOWS).vertices.map((vertex) => new VertexRecord(vertex));
  for (const vertex of vertices) {
    vertex.parallelism = 2;
    vertex.maxParallelism = 12;
  }
  const cut = new Cut(1, 1, undefined, vertices);
  expect(vertices.map(({ uid, kind }) => [kind, cut.keyGroupsOf(uid)])).toEqual(
    vertices.map(({ kind }) => [kind, kind === 'keyed' ? 12 : undefined]),
  );
  cut.vertices.get('sums')?.finished.add(0);
  expect(cut.keyGroupsOf('sums')).toBe(12);
  cut.vertices.get('sums')?.finished.add(1);
  expect(cut.keyGroupsOf('sums')).toBeUndefined();
  expect(cut.keyGroupsOf('nobody')).toBeUndefined();
});

it('surplus receptions are those from behind the barrier, added to what the cut before it had', () => {
  const [line, next] = [channel(0), channel(1)];
  const base = new Cut(1, 1, undefined, []);
  base.channel(line).sent = at(1);
  base.channel(line).received = at(2);
  expect(base.surplus.get(0)).toEqual(talliedFrom([[line, 1]]));
  const cut = new Cut(2, 2, base, []);
  cut.channel(next).sent = at(0);
  cut.channel(next).received = at(1);
  expect(cut.surplus.get(0)).toEqual(talliedFrom([[line, 1], [next, 0]])); // prettier-ignore
  expect(new Cut(3, 3, undefined, []).surplus.size).toBe(0);
});
