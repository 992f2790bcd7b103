import { expect, it } from 'vitest';
import { heardBy } from './heard.ts';
import { type CheckpointList, type ListedCheckpoint, namedBy, NO_LIST, restorable } from './checkpoints.ts';
import { Completions } from './completions.ts';

const one = (checkpoint: number, attempt = 1): ListedCheckpoint => ({
  checkpoint,
  attempt,
  metadata: `m${checkpoint}`,
});
const list = (completed: readonly number[], savepoint?: number): CheckpointList => ({
  ...NO_LIST,
  completed: completed.map((checkpoint) => one(checkpoint)),
  savepoint: savepoint === undefined ? undefined : one(savepoint),
});

it('a restore takes the highest number, wherever it stands, and the savepoint only if nothing has completed', () => {
  expect(restorable(list([9, 10, 8], 11))?.checkpoint).toBe(10);
  expect(restorable(list([], 11))?.checkpoint).toBe(11);
  expect(restorable(NO_LIST)).toBeUndefined();
  expect(namedBy(list([1], 2)).map(({ checkpoint }) => checkpoint)).toEqual([2, 1]);
});

it('each checkpoint of the list is stated once, plain savepoints have an image and complete nothing', () => {
  let now = list([]);
  const heard: string[] = [];
  const completions = new Completions(
    { list: () => now, image: () => ({ undecodable: 'no image' }), closure: () => ({ undecodable: 'no image' }) },
    heardBy([
      {
        imaged: ({ listed }) => heard.push(`image ${listed.checkpoint}`),
        completed: ({ listed }) => heard.push(`completed ${listed.checkpoint}`),
      },
    ]),
  );
  now = list([1]);
  completions.refresh();
  completions.refresh();
  completions.savepointCompleted({ attempt: 1, checkpoint: 2, kind: 'savepoint', metadata: 'm2' });
  now = list([1, 3]);
  completions.refresh();
  expect(heard).toEqual(['image 1', 'completed 1', 'image 2', 'image 3', 'completed 3']);
  expect(completions.newest?.listed.checkpoint).toBe(3);
});
