import { expect, it } from 'vitest';
import { FINISHED_SUBTASK, writeMetadata } from '../../core/checkpoint/storage/metadata.ts';
import { IoError } from '../../core/errors.ts';
import { WINDOWS } from '../testing/jobs.ts';
import type { WorldView } from '../world.ts';
import { heardBy } from './heard.ts';
import {
  checkpointsIn,
  type CheckpointSource,
  type CheckpointList,
  type ListedCheckpoint,
  namedBy,
  NO_LIST,
  restorable,
} from './checkpoints.ts';
import { Completions } from './completions.ts';
import { metadataWith } from '../../core/checkpoint/storage/testing/metadata-with.ts';

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

const GONE = 'IoError: the state is missing';

/** A store with one checkpoint, whose one subtask has its state in object `state`: a byte is the floor of key group 0. */
function store() {
  const objects = new Map<string, Uint8Array>();
  const checkpoint = (parallelism: number): Uint8Array =>
    writeMetadata(
      metadataWith({
        parallelism,
        vertices: [
          {
            uid: 'window',
            parallelism: 1,
            maxParallelism: 1,
            subtasks: [
              {
                ...FINISHED_SUBTASK,
                keyed: [{ first: 0, last: 0, objects: ['job/1-1/state'], own: [] }],
                finished: false,
                ended: false,
              },
            ],
          },
        ],
      }),
    );
  let inspected = 0;
  const world: Pick<WorldView, 'job' | 'object' | 'haValue' | 'inspectState'> = {
    job: WINDOWS,
    object: (name) => objects.get(name),
    haValue: () => undefined,
    inspectState: ([handle], bytesOf) => {
      inspected++;
      const bytes = bytesOf(handle?.objects[0] ?? '');
      if (bytes === undefined) throw new IoError('the state is missing');
      return [{ first: 0, last: 0, floor: bytes[0] ?? 0, entries: [], timers: [] }];
    },
  };
  const source: CheckpointSource = checkpointsIn(world);
  const listed = { checkpoint: 1, attempt: 1, metadata: 'job/1-1/metadata' };
  objects.set(listed.metadata, checkpoint(1));
  objects.set('job/1-1/state', new Uint8Array([7]));
  return {
    objects,
    checkpoint,
    source,
    listed,
    seen: () => {
      const image = source.image(listed);
      if ('undecodable' in image) return image.undecodable;
      return image.vertices.flatMap(({ subtasks }) =>
        subtasks.flatMap(({ keyGroups }) => keyGroups.map(({ floor }) => floor)),
      );
    },
    inspected: () => inspected,
  };
}

it('an image is read once, until an object of it is deleted, damaged or written again', () => {
  const { objects, source, listed, seen, inspected } = store();
  expect([seen(), seen(), inspected()]).toEqual([[7], [7], 1]);
  expect(source.image(listed)).toBe(source.image(listed));
  const state = 'job/1-1/state';
  const before = objects.get(state) ?? new Uint8Array();
  objects.delete(state);
  expect([seen(), seen(), inspected()]).toEqual([GONE, GONE, 2]);
  objects.set(state, before);
  expect([seen(), inspected()]).toEqual([[7], 3]);
  objects.set(state, new Uint8Array([8]));
  expect([seen(), inspected()]).toEqual([[8], 4]);
});

it('metadata is read once, until it is deleted, damaged or written again', () => {
  const { objects, checkpoint, source, listed, seen } = store();
  const { metadata } = listed;
  const parallelism = (): unknown => {
    const image = source.image(listed);
    return 'undecodable' in image ? image.undecodable : image.parallelism;
  };
  expect([seen(), parallelism()]).toEqual([[7], 1]);
  objects.set(metadata, checkpoint(3));
  expect(parallelism()).toBe(3);
  objects.set(metadata, new Uint8Array([99]));
  for (const _ of [1, 2]) {
    expect(seen()).toBe('JobError: checkpoint metadata has format version 99; this engine reads version 6');
    expect(source.closure(listed)).toEqual({ undecodable: seen() });
  }
  objects.delete(metadata);
  for (const _ of [1, 2]) {
    expect(seen()).toBe('Error: object job/1-1/metadata is missing');
    expect(source.closure(listed)).toEqual({ undecodable: seen() });
  }
  objects.set(metadata, checkpoint(1));
  expect(seen()).toEqual([7]);
  expect(source.closure(listed)).toEqual({ kind: 'checkpoint', job: 'job', objects: [metadata, 'job/1-1/state'] });
});

it('a checkpoint that was copied to another place is read there', () => {
  const { objects, source, listed } = store();
  objects.set('copy/metadata', objects.get(listed.metadata) ?? new Uint8Array());
  const moved = { ...listed, metadata: 'copy/metadata' };
  expect(source.closure(moved)).toMatchObject({ objects: ['copy/metadata', 'copy/state'] });
  expect(source.image(moved)).toEqual({ undecodable: GONE });
  objects.set('copy/state', new Uint8Array([9]));
  expect(source.image(moved)).toMatchObject({ vertices: [{ subtasks: [{ keyGroups: [{ floor: 9 }] }] }] });
  expect(source.image(listed)).toMatchObject({ vertices: [{ subtasks: [{ keyGroups: [{ floor: 7 }] }] }] });
});
