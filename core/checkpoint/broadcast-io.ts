/** The async part for broadcast state, and its way back: one object for each subtask. */
import { IoError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import type { BroadcastSnapshot, BroadcastStore } from '../state/broadcast-state.ts';
import type { Coroutine } from '../waiting.ts';
import type { BroadcastHandle } from './metadata.ts';
import { writeObject } from './object-io.ts';

/** Throws `IoError` if the object cannot be written. */
export function* uploadBroadcast(objects: ObjectStore, name: string, snapshot: BroadcastSnapshot): Coroutine<BroadcastHandle> {
  const bytes = snapshot.encode();
  yield* writeObject(objects, name, bytes);
  return { object: name, at: 0, length: bytes.length };
}

/** Throws `IoError` if an object is missing or damaged. */
export function* restoreBroadcast(store: BroadcastStore, handles: readonly BroadcastHandle[], objects: ObjectStore): Coroutine<void> {
  for (const { object, at, length } of handles) {
    const bytes = yield* objects.get(object);
    if (bytes === undefined) throw new IoError(`checkpoint object ${object} is missing`);
    store.restore(bytes.subarray(at, at + length));
  }
}
