import type { ObjectStore, Ports } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { metadataName } from './metadata.ts';
import { PatientReads } from './until-answered.ts';

/**
 * Deletes everything under the prefix, the metadata first: what has metadata is whole. What cannot be deleted now is
 * swept at the next start. It goes on behind the back of an attempt, which does not fail by it: what is to go is asked for until
 * it is known, or the attempt is over.
 */
export function* deletePrefix(ports: Pick<Ports, 'objects' | 'clock'>, prefix: string): Coroutine<void> {
  const { objects } = ports;
  const names = yield* new PatientReads(ports).list(prefix);
  const metadata = metadataName(prefix);
  if (names.includes(metadata)) yield* objects.remove(metadata);
  for (const name of names) if (name !== metadata) yield* objects.remove(name);
}

/** What cannot be deleted now is swept at the next start. */
export function* deleteObjects(objects: ObjectStore, names: readonly string[]): Coroutine<void> {
  for (const name of names) yield* objects.remove(name);
}
