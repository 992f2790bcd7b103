/** Marks of jobs that start from another job's savepoint. */
import { completedKey, type JobCheckpoints, prefixAt, readCompleted } from '../../core/checkpoint/storage/metadata.ts';
import type { Mark, MarkWorld } from './mark.ts';

export const forkRestored: Mark = {
  name: 'fork-restored',
  rarity: 5,
  needs: ['forks'],
  condition: "A job starts from another job's savepoint, which has stayed where it was written.",
  listen: (world, reached) =>
    atStarts(world, ({ savepoint }, job) => {
      if (savepoint !== null && isSavepoint(savepoint.metadata) && !savepoint.metadata.startsWith(`savepoints/${job}/`))
        reached();
    }),
};

export const movedSavepointRestored: Mark = {
  name: 'moved-savepoint-restored',
  rarity: 5,
  needs: ['forks'],
  condition: 'A job starts from a savepoint that somebody has moved to another place.',
  listen: (world, reached) =>
    atStarts(world, ({ savepoint }) => {
      if (savepoint !== null && !isSavepoint(savepoint.metadata)) reached();
    }),
};

export const forkFailedBeforeItsFirstCheckpoint: Mark = {
  name: 'fork-failed-before-its-first-checkpoint',
  rarity: 10,
  needs: ['forks'],
  condition: "A second attempt of a job starts from another job's savepoint: none of its own checkpoints is complete.",
  listen(world, reached) {
    const started = new Set<string>();
    return atStarts(world, ({ savepoint, completed }, job) => {
      if (savepoint === null || completed.length > 0 || savepoint.metadata.startsWith(`savepoints/${job}/`)) return;
      if (started.has(job)) reached();
      started.add(job);
    });
  },
};

export const claimedSavepointDeleted: Mark = {
  name: 'claimed-savepoint-deleted',
  rarity: 10,
  needs: ['forks'],
  condition: 'A job has deleted the savepoint that it was started from and has claimed.',
  listen(world, reached) {
    let claimed: string | undefined;
    const { attemptStarting } = atStarts(world, (entry) => {
      if (entry.claimed && entry.savepoint !== null) claimed = entry.savepoint.metadata;
    });
    return {
      jobEnded: () => {
        if (claimed !== undefined && world.objects(prefixAt(claimed)).length === 0) reached();
      },
      ...(attemptStarting === undefined ? {} : { attemptStarting }),
    };
  },
};

function isSavepoint(metadata: string): boolean {
  return metadata.startsWith('savepoints/');
}

/** `judge` hears what the HA store says of the job's checkpoints whenever an attempt starts from one. */
function atStarts(world: MarkWorld, judge: (entry: JobCheckpoints, job: string) => void): ReturnType<Mark['listen']> {
  return {
    attemptStarting: ({ restoredFrom }) => {
      const job = world.jobs().at(-1);
      const bytes = job === undefined ? undefined : world.haValue(completedKey(job.name));
      if (job !== undefined && restoredFrom !== undefined && bytes !== undefined) judge(readCompleted(bytes), job.name);
    },
  };
}
