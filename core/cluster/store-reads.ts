/** Reads of the HA store and the object store on which the job as a whole depends: asked until they are answered. */
import type { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { type CheckpointMetadata, type JobCheckpoints, readMetadata } from '../checkpoint/storage/metadata.ts';
import { PatientReads, untilAnswered } from '../checkpoint/storage/until-answered.ts';
import { JobError } from '../errors.ts';
import type { Clock, Ports } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';

/** Again and again, until there is an answer. */
export function readUntilAnswered(store: CompletedStore, clock: Clock): Coroutine<JobCheckpoints> {
  return untilAnswered(clock, () => store.read());
}

/** Throws `JobError` if the object is missing or no metadata. */
export function* readSavepoint(
  ports: Pick<Ports, 'objects' | 'clock'>,
  metadata: string,
): Coroutine<CheckpointMetadata> {
  const bytes = yield* new PatientReads(ports).get(metadata);
  if (bytes === undefined) throw new JobError(`savepoint ${metadata} cannot be restored: there is no such object`);
  return readMetadata(bytes);
}
