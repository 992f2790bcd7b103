/**
 * Deletes what dead attempts left in the object store and nothing names. Called before an attempt is deployed, when no
 * task of the job writes.
 *
 *   checkpoints  kept iff the HA store lists them
 *   savepoints   kept iff they are complete, that is, have their metadata: they belong to the user who asked for them
 */
import { checkpointPrefix, type JobCheckpoints, metadataName } from '../storage/metadata.ts';
import type { ObjectStore } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';

export function* sweepLeftovers(objects: ObjectStore, job: string, checkpoints: JobCheckpoints): Coroutine<void> {
  const kept = checkpoints.completed.map(({ attempt, checkpoint }) => checkpointPrefix(job, attempt, checkpoint));
  for (const name of yield* objects.list(`${job}/`)) {
    if (!kept.some((prefix) => name.startsWith(prefix))) yield* objects.remove(name);
  }
  const saved = yield* objects.list(`savepoints/${job}/`);
  const complete = new Set(saved);
  for (const name of saved) {
    if (!complete.has(metadataName(directoryOf(name)))) yield* objects.remove(name);
  }
}

/** With the last slash. */
function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
