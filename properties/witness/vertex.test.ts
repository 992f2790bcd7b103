import { expect, it, vi } from 'vitest';
import { MIN_TIMESTAMP } from '../../core/job/functions.ts';
import { createModel } from '../model/model.ts';
import { RULES, WINDOWS } from '../testing/jobs.ts';
import { VertexCut, VertexRecord } from './vertex.ts';

function vertexOf(job: typeof WINDOWS, uid: string, startPosition = 0): VertexRecord {
  const model = createModel(job).vertices.find((vertex) => vertex.uid === uid);
  if (model === undefined) throw new Error(`the job has no ${uid}`);
  return new VertexRecord(model, startPosition);
}

/** A cut that holds key group 0 with so many turns and floor 20; these subtasks had finished, group 0 belongs to the first. */
function cutOf(vertex: VertexRecord, turns: number, finished: readonly number[] = []): VertexCut {
  const cut = new VertexCut(undefined);
  const instance = vertex.ownGroup(0);
  instance.turns = turns;
  cut.groups[0] = instance.freeze();
  cut.effs[0] = 20;
  cut.finishedGroups.push(...(finished.includes(0) ? [0] : []));
  for (const subtask of finished) cut.finished.add(subtask);
  return cut;
}

it('a history that a cut keeps is copied by the next turn; what the cut has does not change', () => {
  const sums = vertexOf(WINDOWS, 'sums');
  const cut = cutOf(sums, 3);
  sums.ownGroup(0).turns += 1;
  expect([sums.groups[0]?.turns, cut.groups[0]?.turns]).toEqual([4, 3]);
  expect(sums.ownGroup(0)).toBe(sums.groups[0]);
});

it('a restore sets histories and floors back to the cut, and without one to the beginning', () => {
  const sums = vertexOf(WINDOWS, 'sums');
  const cut = cutOf(sums, 3);
  sums.ownGroup(0).turns += 1;
  sums.ownGroup(1);
  sums.restore(cut, 2);
  expect([sums.groups[0]?.turns, sums.groups[1], sums.floorOf(0), sums.floorOf(1)]).toEqual([
    3,
    undefined,
    20,
    MIN_TIMESTAMP,
  ]);
  sums.restore(undefined, 2);
  expect([sums.instances(), sums.floorOf(0)]).toEqual([[], MIN_TIMESTAMP]);
});

it('what belonged to a finished subtask goes on without state and floor, and its history stays', () => {
  const sums = vertexOf(WINDOWS, 'sums');
  const cut = cutOf(sums, 3, [0]);
  sums.restore(cut, 2);
  expect(sums.finishedOnRestore).toBe(false);
  expect([sums.groups[0]?.turns, sums.floorOf(0)]).toEqual([3, MIN_TIMESTAMP]);
  expect(sums.groups[0]?.model).not.toBe(cut.groups[0]?.model);
});

it('a vertex of which all subtasks had finished is finished, and nothing of it begins anew', () => {
  const sums = vertexOf(WINDOWS, 'sums');
  const cut = cutOf(sums, 3, [0, 1]);
  sums.restore(cut, 2);
  expect([sums.finishedOnRestore, sums.groups[0], sums.floorOf(0)]).toEqual([true, cut.groups[0], 20]);
});

it('a split that was never read begins at the start position of its source', () => {
  const source = vertexOf(WINDOWS, 'in', 7);
  expect(source.ownSplit('in-0').offset).toBe(7);
  source.ownSplit('in-0').offset = 9;
  expect(source.ownSplit('in-0').offset).toBe(9);
});

it('what the subtasks had is handed over whole, in order, with a hole for one that had finished', () => {
  const apply = vertexOf(RULES, 'apply');
  const cut = new VertexCut(undefined);
  const [first, last] = [apply.ownSubtask(0), apply.ownSubtask(2)];
  cut.broadcast[0] = first;
  cut.broadcast[2] = last;
  const handed = vi.spyOn(apply.model, 'handOver');
  apply.restore(cut, 3);
  apply.parallelism = 2;
  const given = [0, 1].map((subtask) => apply.subtask(subtask).broadcast);
  expect(given.every((state) => state !== undefined)).toBe(true);
  expect(new Set([...given, first.broadcast, last.broadcast]).size).toBe(4);
  const old = [first.broadcast, undefined, last.broadcast];
  expect(handed.mock.calls).toEqual([
    [old, 0, 2],
    [old, 1, 2],
  ]);
});

it('the tallies of an instance have room for every edge of its vertex', () => {
  const sums = vertexOf(WINDOWS, 'sums');
  const { inEdges, outEdges } = sums.model;
  const starts = [...outEdges.map((edge) => sums.sendTally[edge]), ...inEdges.map((edge) => sums.receptionTally[edge])];
  expect(new Set(starts).size).toBe(inEdges.length + outEdges.length);
  expect(sums.ownGroup(0).tallies).toHaveLength(3 * starts.length);
});
