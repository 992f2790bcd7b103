import { expect, it } from 'vitest';
import { NO_CHECKPOINTS } from '../storage/metadata.ts';
import { deletePrefix } from '../storage/delete-prefix.ts';
import type { ObjectStore, Written } from '../../ports.ts';
import { type Coroutine, Deferred, type Pending } from '../../waiting.ts';
import { sweepLeftovers } from './leftovers.ts';

class Objects implements ObjectStore {
  names: string[];
  readonly removed: string[] = [];

  constructor(names: readonly string[]) {
    this.names = [...names];
  }
  put(): never {
    throw new Error('nothing is written here');
  }
  get(): never {
    throw new Error('nothing is read here');
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
function finish(body: Coroutine<void>): void {
  while (body.next().done !== true);
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
    sweepLeftovers(objects, 'job', {
      ...NO_CHECKPOINTS,
      completed: [{ checkpoint: 2, attempt: 1, metadata: 'job/1-2/metadata' }],
    }),
  );
  expect(objects.names).toEqual(kept);
});

it('an aborted savepoint loses its metadata first: half deleted, it does not look complete', () => {
  const objects = new Objects(['savepoints/job/1-3/a', 'savepoints/job/1-3/metadata', 'savepoints/job/1-3/z']);
  finish(deletePrefix(objects, 'savepoints/job/1-3/'));
  expect(objects.removed).toEqual(['savepoints/job/1-3/metadata', 'savepoints/job/1-3/a', 'savepoints/job/1-3/z']);
});
