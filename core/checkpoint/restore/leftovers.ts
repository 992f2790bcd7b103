/**
 * Deletes what dead attempts left in the object store and nothing names (SEMANTICS C7). Called before an attempt is deployed and
 * when the job has ended, when no task of the job writes.
 *
 *   checkpoints  kept iff the HA store lists them, or the job was started from it
 *   shared       kept iff one of these names it, or the checkpoint that the job was started from
 *   savepoints   kept iff they are complete, that is, have their metadata: they belong to the user who asked for them
 */
import { type ObjectReads, readObject, removeObject } from '../../state/object-io.ts';
import {
  checkpointPrefix,
  isShared,
  type JobCheckpoints,
  metadataName,
  prefixAt,
  readMetadata,
  sharedObjects,
} from '../storage/metadata.ts';
import { NO_SHARED_OBJECTS, type SharedObjects, use } from '../storage/shared-registry.ts';
import type { Ports } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';

/** What a sweep has found. */
export interface Swept {
  /** What the retained checkpoints share. */
  readonly shared: SharedObjects;
  /** Every object of the job and of its savepoints, those that it has deleted included. */
  readonly there: ReadonlySet<string>;
}

/**
 * Throws `MissingObjectError` if the metadata of a retained checkpoint is gone: what it shares is not known. `reads`: for a caller
 * behind whom nobody sweeps again; else what cannot be read is an `IoError`, and the next attempt sweeps.
 */
export function* sweepLeftovers(
  { objects, probe }: Pick<Ports, 'objects' | 'probe'>,
  job: string,
  checkpoints: JobCheckpoints,
  reads: ObjectReads = objects,
): Coroutine<Swept> {
  probe.sweepStarted?.({ job });
  const kept = checkpoints.completed.map(({ attempt, checkpoint }) => checkpointPrefix(job, attempt, checkpoint));
  // It may be one of an earlier life of the job, under the same name.
  if (checkpoints.savepoint !== null) kept.push(prefixAt(checkpoints.savepoint.metadata));
  const there = yield* reads.list(`${job}/`);
  const shares = there.some((name) => isShared(job, name));
  const shared = shares ? yield* readShared(reads, job, checkpoints) : NO_SHARED_OBJECTS;
  for (const name of there) {
    if (!shared.has(name) && !kept.some((prefix) => name.startsWith(prefix))) yield* removeObject(objects, name);
  }
  const saved = yield* reads.list(`savepoints/${job}/`);
  const complete = new Set(saved);
  for (const name of saved) {
    if (!complete.has(metadataName(directoryOf(name)))) yield* removeObject(objects, name);
  }
  return { shared, there: new Set([...there, ...saved]) };
}

function* readShared(
  reads: ObjectReads,
  job: string,
  { completed, savepoint }: JobCheckpoints,
): Coroutine<SharedObjects> {
  let registry = NO_SHARED_OBJECTS;
  const share = (checkpoint: number, bytes: Uint8Array): void => {
    const { vertices } = readMetadata(bytes);
    const names = sharedObjects(
      job,
      vertices.flatMap(({ subtasks }) => subtasks),
    );
    registry = use(registry, checkpoint, names, () => true).registry;
  };
  for (const { checkpoint, metadata } of completed) share(checkpoint, yield* readObject(reads, metadata));
  // Its user may have taken it away, once the job has checkpoints of its own.
  const start = savepoint === null ? undefined : yield* reads.get(savepoint.metadata);
  if (savepoint !== null && start !== undefined) share(savepoint.checkpoint, start);
  return registry;
}

/** With the last slash. */
function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
