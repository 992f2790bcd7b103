import type { JobSpec } from '../../core/job/spec.ts';
import { type JobCheckpoints, NO_CHECKPOINTS, writeCompleted } from '../../core/checkpoint/storage/metadata.ts';
import {
  claimedSavepointDeleted,
  forkFailedBeforeItsFirstCheckpoint,
  forkRestored,
  movedSavepointRestored,
} from './forks.ts';
import { type Event, objectsAre, proves, starting, states, stored } from './testing/facts.ts';

const named = (name: string): JobSpec => ({ name, nodes: [], edges: [] });
const versions = [named('a'), named('b')];
const next: Event = { kind: 'deployed' };

/** Job b is started from the savepoint. */
const from = (metadata: string, more: Partial<JobCheckpoints> = {}): Event =>
  stored('checkpoints/b', writeCompleted({ ...NO_CHECKPOINTS, savepoint: one(4, metadata), ...more }));
const one = (checkpoint: number, metadata: string) => ({ checkpoint, attempt: 1, metadata });
const own = one(5, 'b/2-5/metadata');
const ended = states('jobEnded', { attempt: 2, status: 'finished', message: '', fault: undefined }, 'jobmanager');
const theirs = 'savepoints/a/1-4/metadata';

proves(forkRestored, {
  versions,
  reaches: [next, from(theirs), starting(2, 4)],
  // Its own, after a stop.
  nearMiss: [next, from('savepoints/b/1-4/metadata'), starting(2, 4), from('moved/b/metadata'), starting(3, 4)],
});
proves(movedSavepointRestored, {
  versions,
  reaches: [next, from('moved/b/metadata'), starting(2, 4)],
  // It starts from scratch.
  nearMiss: [next, from(theirs), starting(2, 4), from('moved/b/metadata'), starting(3)],
});
proves(forkFailedBeforeItsFirstCheckpoint, {
  versions,
  reaches: [next, from(theirs), starting(2, 4), starting(3, 4)],
  nearMiss: [next, from(theirs), starting(2, 4), from(theirs, { completed: [own] }), starting(3, 5)],
});
proves(claimedSavepointDeleted, {
  versions,
  reaches: [
    next,
    objectsAre(theirs),
    from(theirs, { claimed: true }),
    starting(2, 4),
    objectsAre('b/2-5/metadata'),
    ended,
  ],
  // One part of it is still there.
  nearMiss: [next, from(theirs, { claimed: true }), starting(2, 4), objectsAre('savepoints/a/1-4/totals-0'), ended],
});
