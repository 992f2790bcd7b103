/** The way back of broadcast state; the way out is `upload.ts`. */
import type { ObjectStore } from '../../ports.ts';
import type { BroadcastStore } from '../../state/broadcast-state.ts';
import type { Coroutine } from '../../waiting.ts';
import type { BroadcastHandle } from '../../state/handles.ts';
import { readObject } from '../../state/object-io.ts';

/** Throws `IoError` if an object is missing or damaged. */
export function* restoreBroadcast(
  store: BroadcastStore,
  handles: readonly BroadcastHandle[],
  objects: ObjectStore,
): Coroutine<void> {
  for (const { object, at, length } of handles) {
    const bytes = yield* readObject(objects, object);
    store.restore(bytes.subarray(at, at + length));
  }
}
