/** The way back of broadcast state; the way out is `upload.ts`. */
import type { BroadcastStore } from '../../state/broadcast-state.ts';
import type { Coroutine } from '../../waiting.ts';
import type { ObjectReader } from '../../state/backend.ts';
import type { BroadcastHandle } from '../../state/handles.ts';

/** Throws `IoError` if an object is missing or damaged. */
export function* restoreBroadcast(
  store: BroadcastStore,
  handles: readonly BroadcastHandle[],
  read: ObjectReader,
): Coroutine<void> {
  for (const { object, at, length } of handles) {
    const bytes = yield* read(object);
    store.restore(bytes.subarray(at, at + length));
  }
}
