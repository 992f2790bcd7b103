import { expect, it } from 'vitest';
import { makeUniverse } from '../../sim/testing/make-universe.ts';
import { messageOf } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import { readObject, writeObject } from './object-io.ts';

const BYTES = Uint8Array.of(1, 2, 3);

/** What the body throws, in a world where the reply to the first put of its host is lost, and perhaps the put, too; so many reads fail. */
function played(
  body: (objects: ObjectStore) => Coroutine<unknown>,
  { lost = 'nothing', reads = 0 }: { readonly lost?: 'nothing' | 'reply' | 'request'; readonly reads?: number },
): { readonly error: string | undefined; readonly there: readonly string[] } {
  const explicit = [
    { label: 'object-store@host/lost-reply', k: 0, value: lost === 'nothing' ? 0 : 1 },
    { label: 'object-store@host/lost-request', k: 0, value: lost === 'request' ? 1 : 0 },
  ];
  const universe = makeUniverse({ world: { lostReplyPer1000: 1 }, choices: { explicit } });
  universe.objects.failReads(reads);
  let error: string | undefined = 'it does not end';
  universe.launch('host', 'p', ({ scope, objects }) => {
    scope.spawn(
      'body',
      (function* (): Coroutine<void> {
        try {
          yield* body(objects);
          error = undefined;
        } catch (thrown) {
          error = messageOf(thrown);
        }
      })(),
    );
  });
  universe.run(1_000_000);
  expect(universe.crashes).toEqual([]);
  return { error, there: universe.objects.names('') };
}
const write = (objects: ObjectStore): Coroutine<void> => writeObject(objects, 'a', BYTES);

it.each(['reply', 'request'] as const)(
  'a put whose %s is lost is read back; a read that fails says nothing either way',
  (lost) => {
    for (const reads of [0, 1]) expect(played(write, { lost, reads })).toEqual({ error: undefined, there: ['a'] });
  },
);

it('an object that cannot be read is not missing', () => {
  const read = (objects: ObjectStore): Coroutine<Uint8Array> => readObject(objects, 'a');
  expect(played(read, { reads: 1 }).error).toBe('IoError: the object store could not read a');
  expect(played(read, {}).error).toBe('MissingObjectError: checkpoint object a is missing');
});
