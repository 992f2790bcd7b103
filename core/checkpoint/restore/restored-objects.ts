/** Where a task finds what the handles of its restore name: handed to it with them, on its host, or in the object store. */
import type { ObjectStore } from '../../ports.ts';
import { readObject } from '../../state/object-io.ts';
import type { Coroutine } from '../../waiting.ts';
import type { TaskRestore } from './task-restore.ts';

/** Undefined: the host has none of it. */
interface Copies {
  read(object: string): Coroutine<Uint8Array | undefined>;
}

/** `copies`: of what the host has kept, if it may be read there. Throws `IoError` if there is no such object. */
export function* readRestored(
  { inline }: Pick<TaskRestore, 'inline'>,
  objects: ObjectStore,
  name: string,
  copies?: Copies,
): Coroutine<Uint8Array> {
  const own = inline.find(({ object }) => object === name);
  if (own !== undefined) return own.bytes;
  const copy = copies === undefined ? undefined : yield* copies.read(name);
  return copy ?? (yield* readObject(objects, name));
}
