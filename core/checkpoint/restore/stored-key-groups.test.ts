import { expect, it } from 'vitest';
import { type CheckpointMetadata, FINISHED_SUBTASK, type SubtaskSnapshot } from '../storage/metadata.ts';
import { storedKeyGroups } from './stored-key-groups.ts';

const plain: SubtaskSnapshot = { ...FINISHED_SUBTASK, finished: false, ended: false };
const keyed: SubtaskSnapshot = { ...plain, keyed: [{ first: 0, last: 5, objects: ['o'], own: [1] }] };

function taken(vertices: Readonly<Record<string, readonly SubtaskSnapshot[]>>): CheckpointMetadata {
  return {
    job: 'job',
    checkpoint: 1,
    kind: 'checkpoint',
    attempt: 1,
    leaderEpoch: 1,
    parallelism: 2,
    vertices: Object.entries(vertices).map(([uid, subtasks]) => ({
      uid,
      parallelism: 2,
      maxParallelism: 12,
      subtasks,
    })),
    enumerators: [],
    exchanges: [],
  };
}

it('only what has left keyed state has a number of key groups, if it is one subtask of several', () => {
  const metadata = taken({
    whole: [keyed, keyed],
    partly: [FINISHED_SUBTASK, keyed],
    finished: [FINISHED_SUBTASK, FINISHED_SUBTASK],
    plain: [plain, plain],
  });
  expect([...storedKeyGroups(metadata)]).toEqual([
    ['whole', 12],
    ['partly', 12],
  ]);
  expect(storedKeyGroups(undefined).size).toBe(0);
});
