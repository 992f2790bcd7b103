import { expect, it } from 'vitest';
import type { JobSpec } from '../../core/job/spec.ts';
import { createModel } from '../model/model.ts';
import { COPY, WINDOWS } from '../testing/jobs.ts';
import { AttemptRecord } from './attempt.ts';
import type { Cut } from './cut.ts';
import { VertexRecord } from './vertex.ts';

function attemptOf(job: JobSpec, parallelism: number, number = 1, base?: Cut): AttemptRecord {
  const model = createModel(job);
  const vertices = new Map(model.vertices.map((vertex) => [vertex.uid, new VertexRecord(vertex)]));
  for (const vertex of vertices.values()) Object.assign(vertex, { parallelism, maxParallelism: 4 });
  const attempt = new AttemptRecord(
    { attempt: number, leaderEpoch: 1, restoredFrom: base?.checkpoint, parallelism: new Map() },
    base,
    model,
    vertices,
  );
  attempt.expectAll();
  return attempt;
}

it('expects every task of the job, with the key groups and channels that the graph gives it', () => {
  const tasks = [...attemptOf(WINDOWS, 2).tasks()];
  expect(tasks.map(({ name }) => name)).toEqual(['in[0]', 'in[1]', 'sums[0]', 'sums[1]', 'out[0]', 'out[1]']);
  const sums = tasks.filter(({ vertex }) => vertex.uid === 'sums');
  expect(sums.map(({ firstGroup, lastGroup }) => [firstGroup, lastGroup])).toEqual([
    [0, 1],
    [2, 3],
  ]);
  expect(sums.map(({ inputs, outputs }) => [inputs.length, outputs.length])).toEqual([
    [2, 2],
    [2, 2],
  ]);
});

it('a channel is one record for its sender and its receiver', () => {
  const attempt = attemptOf(WINDOWS, 2);
  const task = (vertex: string, subtask: number) => attempt.task({ vertex, subtask, attempt: 1 });
  const shared = task('in', 1)?.outputs.filter((channel) => task('sums', 0)?.inputs.includes(channel));
  expect(shared).toHaveLength(1);
  expect(shared?.[0]).toBe(attempt.channel({ edge: 0, attempt: 1, sender: 1, receiver: 0 }));
});

it('a task is the same by every object that names it; one that the job does not have is none', () => {
  const attempt = attemptOf(COPY, 1);
  const id = { vertex: 'in', subtask: 0, attempt: 1 };
  expect(attempt.task({ ...id })).toBe(attempt.task(id));
  expect(attempt.task({ ...id, subtask: 1 })).toBeUndefined();
  expect(attempt.task({ ...id, vertex: 'gone' })).toBeUndefined();
});

it('a cut holds the subtasks that were cut into it, and those that had finished', () => {
  const attempt = attemptOf(WINDOWS, 2);
  const [first, second] = [0, 1].map((subtask) => attempt.task({ vertex: 'sums', subtask, attempt: 1 }));
  if (first === undefined || second === undefined) throw new Error('no such task');
  attempt.cutTask(5, first, false);
  attempt.cutTask(5, second, true);
  const part = attempt.cut(5).vertices.get('sums');
  expect([part?.subtasks, part?.finished, part?.finishedGroups]).toEqual([new Set([0, 1]), new Set([1]), [2, 3]]);
  expect(attempt.cut(5)).toBe(attempt.cuts.get(5));
});

it('in-flight data of the restored cut is due at its receiver, on the channel on which it was sent', () => {
  const before = attemptOf(WINDOWS, 1);
  const channel = before.channel({ edge: 0, attempt: 1, sender: 0, receiver: 0 });
  channel.send({ key: 'a', n: 1, at: 1 }, undefined, undefined);
  for (const task of before.tasks()) before.cutTask(1, task, false);
  const after = attemptOf(WINDOWS, 1, 2, before.cut(1));
  expect(after.channel({ edge: 0, attempt: 1, sender: 0, receiver: 0 })).toBe(channel);
  expect(after.task({ vertex: 'sums', subtask: 0, attempt: 2 })?.replayOf(channel)?.channel).toBe(channel);
  expect(attemptOf(WINDOWS, 1, 2).task({ vertex: 'sums', subtask: 0, attempt: 2 })?.replays).toEqual([]);
});

it('it drains once a drain has begun', () => {
  const attempt = attemptOf(COPY, 1);
  attempt.kinds.set(1, 'stop');
  expect(attempt.drains).toBe(false);
  attempt.kinds.set(2, 'drain');
  expect(attempt.drains).toBe(true);
});
