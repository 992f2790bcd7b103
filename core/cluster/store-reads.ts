/** Reads of the HA store and the object store on which the job as a whole depends. */
import type { CompletedStore } from '../checkpoint/storage/completed-store.ts';
import { type CheckpointMetadata, type JobCheckpoints, readMetadata } from '../checkpoint/storage/metadata.ts';
import { IoError, JobError } from '../errors.ts';
import type { Clock, ObjectStore } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';

/** Until the HA store is asked again that gave an error. */
export const STORE_RETRY_MS = 20;

/** Again and again, until there is an answer. */
export function* readUntilAnswered(store: CompletedStore, clock: Clock): Coroutine<JobCheckpoints> {
  for (;;) {
    try {
      return yield* store.read();
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      yield* clock.sleep(STORE_RETRY_MS);
    }
  }
}

/** Throws `JobError` if the object is missing or no metadata. */
export function* readSavepoint(objects: ObjectStore, metadata: string): Coroutine<CheckpointMetadata> {
  const bytes = yield* objects.get(metadata);
  if (bytes === undefined) throw new JobError(`savepoint ${metadata} cannot be restored: there is no such object`);
  return readMetadata(bytes);
}
