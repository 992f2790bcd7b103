/** The way back of broadcast state; the way out is `upload.ts`. */
import { IoError } from '../errors.ts';
import type { ObjectStore } from '../ports.ts';
import type { BroadcastStore } from '../state/broadcast-state.ts';
import type { Coroutine } from '../waiting.ts';
import type { BroadcastHandle } from './metadata.ts';

/** Throws `IoError` if an object is missing or damaged. */
export function* restoreBroadcast(store: BroadcastStore, handles: readonly BroadcastHandle[], objects: ObjectStore): Coroutine<void> {
  for (const { object, at, length } of handles) {
    const bytes = yield* objects.get(object);
    if (bytes === undefined) throw new IoError(`checkpoint object ${object} is missing`);
    store.restore(bytes.subarray(at, at + length));
  }
}
