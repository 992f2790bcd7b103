import { expect, it } from 'vitest';
import { FINISHED_SUBTASK, NO_CHECKPOINTS, writeMetadata } from '../storage/metadata.ts';
import { deletePrefix } from '../storage/delete-prefix.ts';
import type { Clock, ObjectStore, Written } from '../../ports.ts';
import { type Coroutine, Deferred, type Pending, settled } from '../../waiting.ts';
import { sweepLeftovers } from './leftovers.ts';
import { metadataWith } from '../storage/testing/metadata-with.ts';

const NO_CLOCK: Clock = {
  now: () => 0,
  monotonic: () => 0,
  timer: () => ({ cancel: () => undefined }),
  sleep: settled,
};

class Objects implements ObjectStore {
  names: string[];
  readonly removed: string[] = [];
  readonly contents = new Map<string, Uint8Array>();

  constructor(names: readonly string[]) {
    this.names = [...names];
  }
  put(): never {
    throw new Error('nothing is written here');
  }
  get(name: string): Pending<Uint8Array | undefined> {
    return answered(this.contents.get(name));
  }
  list(prefix: string): Pending<readonly string[]> {
    return answered(this.names.filter((name) => name.startsWith(prefix)));
  }
  remove(name: string): Pending<Written> {
    this.names = this.names.filter((other) => other !== name);
    this.removed.push(name);
    return answered<Written>({ kind: 'written' });
  }
}
function answered<T>(value: T): Pending<T> {
  const pending = new Deferred<T>('an answer');
  pending.resolve(value);
  return pending;
}
function finish<T>(body: Coroutine<T>): T {
  for (;;) {
    const step = body.next();
    if (step.done === true) return step.value;
  }
}

it('deletes what is not referenced: checkpoints that are not listed, savepoints that are not complete, and nothing of another job', () => {
  const kept = [
    'job/1-2/metadata',
    'job/1-2/map-0',
    'savepoints/job/1-3/map-0',
    'savepoints/job/1-3/metadata',
    'job2/1-1/map-0',
    'savepoints/job2/1-1/map-0',
  ];
  const objects = new Objects([
    ...kept,
    'job/1-1/metadata',
    'job/1-20/map-0',
    'job/2-2/map-0',
    'savepoints/job/1-30/map-0',
    'savepoints/job/2-3/map-0',
  ]);
  finish(
    sweepLeftovers({ objects, probe: {} }, 'job', {
      ...NO_CHECKPOINTS,
      completed: [{ checkpoint: 2, attempt: 1, metadata: 'job/1-2/metadata' }],
    }),
  );
  expect(objects.names).toEqual(kept);
});

it('keeps the checkpoint that the job was started from, also if it is one of an earlier life under the same name', () => {
  const objects = new Objects(['job/1-2/map-0', 'job/1-2/metadata', 'job/1-3/map-0', 'job/2-5/map-0']);
  const savepoint = { checkpoint: 2, attempt: 1, metadata: 'job/1-2/metadata' };
  finish(sweepLeftovers({ objects, probe: {} }, 'job', { ...NO_CHECKPOINTS, savepoint }));
  expect(objects.names).toEqual(['job/1-2/map-0', 'job/1-2/metadata']);
});

it('an aborted savepoint loses its metadata first: half deleted, it does not look complete', () => {
  const objects = new Objects(['savepoints/job/1-3/a', 'savepoints/job/1-3/metadata', 'savepoints/job/1-3/z']);
  finish(deletePrefix({ objects, clock: NO_CLOCK }, 'savepoints/job/1-3/'));
  expect(objects.removed).toEqual(['savepoints/job/1-3/metadata', 'savepoints/job/1-3/a', 'savepoints/job/1-3/z']);
});

it('keeps what the listed checkpoints share, and says who needs it; what only others shared goes', () => {
  const objects = new Objects([
    'job/1-2/metadata',
    'job/1-shared/1/map-0-run-1',
    'job/1-shared/2/map-0-run-2',
    'job/1-shared/3/map-0-run-3',
  ]);
  const keyed = [
    {
      first: 0,
      last: 3,
      objects: ['job/1-2/map-0', 'job/1-shared/2/map-0-run-2', 'job/1-shared/1/map-0-run-1'],
      own: [],
    },
  ];
  const metadata = writeMetadata(
    metadataWith({
      checkpoint: 2,
      vertices: [{ uid: 'map', parallelism: 1, maxParallelism: 4, subtasks: [{ ...FINISHED_SUBTASK, keyed }] }],
    }),
  );
  objects.contents.set('job/1-2/metadata', metadata);
  const completed = [{ checkpoint: 2, attempt: 1, metadata: 'job/1-2/metadata' }];
  const shared = finish(sweepLeftovers({ objects, probe: {} }, 'job', { ...NO_CHECKPOINTS, completed })).shared;
  expect(objects.removed).toEqual(['job/1-shared/3/map-0-run-3']);
  expect([...shared].map(([name, users]) => [name, [...users]])).toEqual([
    ['job/1-shared/2/map-0-run-2', [2]],
    ['job/1-shared/1/map-0-run-1', [2]],
  ]);
  const missing = new Objects(['job/1-shared/2/map-0-run-2']);
  expect(() =>
    finish(sweepLeftovers({ objects: missing, probe: {} }, 'job', { ...NO_CHECKPOINTS, completed })),
  ).toThrow(/1-2\/metadata is missing/);
  expect(missing.removed).toEqual([]);
});

it('keeps what the checkpoint shares that the job was started from, wherever its metadata lies now; unless its user has taken it away', () => {
  const names = ['job/1-shared/1/map-0-run-1', 'job/1-shared/3/map-0-run-3'];
  const keyed = [{ first: 0, last: 3, objects: ['job/1-shared/1/map-0-run-1'], own: [] }];
  const metadata = writeMetadata(
    metadataWith({
      checkpoint: 2,
      vertices: [{ uid: 'map', parallelism: 1, maxParallelism: 4, subtasks: [{ ...FINISHED_SUBTASK, keyed }] }],
    }),
  );
  const entry = { ...NO_CHECKPOINTS, savepoint: { checkpoint: 2, attempt: 1, metadata: 'elsewhere/metadata' } };
  const objects = new Objects(names);
  objects.contents.set('elsewhere/metadata', metadata);
  finish(sweepLeftovers({ objects, probe: {} }, 'job', entry));
  expect(objects.removed).toEqual(['job/1-shared/3/map-0-run-3']);
  const gone = new Objects(names);
  finish(sweepLeftovers({ objects: gone, probe: {} }, 'job', entry));
  expect(gone.removed).toEqual(names);
});
