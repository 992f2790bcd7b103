import type { ObjectStore } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { metadataName } from './metadata.ts';

/**
 * Deletes everything under the prefix, the metadata first: what has metadata is whole. What cannot be deleted now is
 * swept at the next start.
 */
export function* deletePrefix(objects: ObjectStore, prefix: string): Coroutine<void> {
  const names = yield* objects.list(prefix);
  const metadata = names.filter((name) => name === metadataName(prefix));
  for (const name of [...metadata, ...names.filter((other) => !metadata.includes(other))]) yield* objects.remove(name);
}

/** What cannot be deleted now is swept at the next start. */
export function* deleteObjects(objects: ObjectStore, names: readonly string[]): Coroutine<void> {
  for (const name of names) yield* objects.remove(name);
}
