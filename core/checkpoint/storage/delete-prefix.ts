import type { ObjectStore } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { metadataName } from './metadata.ts';

/**
 * Deletes everything under the prefix, the metadata first: what has metadata is whole. What cannot be deleted now is
 * swept at the next start.
 */
export function* deletePrefix(objects: ObjectStore, prefix: string): Coroutine<void> {
  const names = yield* objects.list(prefix);
  const metadata = metadataName(prefix);
  if (names.includes(metadata)) yield* objects.remove(metadata);
  for (const name of names) if (name !== metadata) yield* objects.remove(name);
}

/** What cannot be deleted now is swept at the next start. */
export function* deleteObjects(objects: ObjectStore, names: readonly string[]): Coroutine<void> {
  for (const name of names) yield* objects.remove(name);
}
