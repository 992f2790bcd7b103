import { expect, it } from 'vitest';
import { type CheckpointMetadata, FINISHED_SUBTASK, type SubtaskSnapshot } from '../storage/metadata.ts';
import { storedKeyGroups } from './stored-key-groups.ts';
import { metadataWith, RUNNING_SUBTASK } from '../storage/testing/metadata-with.ts';

const keyed: SubtaskSnapshot = { ...RUNNING_SUBTASK, keyed: [{ first: 0, last: 5, objects: ['o'], own: [1] }] };

function taken(vertices: Readonly<Record<string, readonly SubtaskSnapshot[]>>): CheckpointMetadata {
  return metadataWith({
    parallelism: 2,
    vertices: Object.entries(vertices).map(([uid, subtasks]) => ({
      uid,
      parallelism: 2,
      maxParallelism: 12,
      subtasks,
    })),
  });
}

it('only what has left keyed state has a number of key groups, if it is one subtask of several', () => {
  const metadata = taken({
    whole: [keyed, keyed],
    partly: [FINISHED_SUBTASK, keyed],
    finished: [FINISHED_SUBTASK, FINISHED_SUBTASK],
    plain: [RUNNING_SUBTASK, RUNNING_SUBTASK],
  });
  expect([...storedKeyGroups(metadata)]).toEqual([
    ['whole', 12],
    ['partly', 12],
  ]);
  expect(storedKeyGroups(undefined).size).toBe(0);
});
