import type { ZooEntry } from '../entry.ts';

export const unreadableNewestPassedOver: ZooEntry = {
  id: `unreadable-newest-passed-over`,
  title: `If the metadata of the newest checkpoint cannot be read, or is not there, the checkpoint before it is restored`,
  origin: `FLINK-22502: a failure to retrieve a checkpoint is tolerated on recovery`,
  file: `core/cluster/attempt-preparation.ts`,
  find: `  const bytes = yield* ports.objects.get(newest.metadata);
  if (bytes === undefined) {
    throw new JobError(cannotBeRestored(newest.checkpoint, newest.metadata));
  }
  return ownCommittables(job.name, foundAt(newest.metadata, readMetadata(bytes)));
`,
  replace: `  for (const one of [newest, ...[...store.entry.completed].reverse().slice(1)]) {
    try {
      const bytes = yield* ports.objects.get(one.metadata);
      if (bytes === undefined) continue;
      return ownCommittables(job.name, foundAt(one.metadata, readMetadata(bytes)));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
    }
  }
  throw new JobError(cannotBeRestored(newest.checkpoint, newest.metadata));
`,
  law: `restored-newest`,
  note: `The real one was a read that failed. No read of the object store fails in this world: it is the missing object here.`,
};
