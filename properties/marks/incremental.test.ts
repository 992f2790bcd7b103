import {
  completedKey,
  FINISHED_SUBTASK,
  NO_CHECKPOINTS,
  writeCompleted,
  writeMetadata,
} from '../../core/checkpoint/storage/metadata.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import {
  compactionDuringIncrementalUpload,
  incrementalUploadAbortedMidway,
  restoredAfterOriginalDeleted,
  restoredFromWidelySharedRuns,
  runOfEarlierAttemptReused,
  sharedObjectOutlivesSubsumption,
  sharedObjectReleased,
  stateOfFiftyMemories,
} from './incremental.ts';
import { type Event, objectIs, objectsAre, proves, starting, states, stored, task } from './testing/facts.ts';
import { metadataWith } from '../../core/checkpoint/storage/testing/metadata-with.ts';

const JOB: JobSpec = { name: 'job', nodes: [], edges: [] };
const incremental = { checkpointing: { incremental: true }, versions: [JOB] };
const deployed: Event = { kind: 'deployed' };

const run = (attempt: number, writtenFor: number): string => `job/${attempt}-shared/${writtenFor}/window-0-run-1`;
const metadataOf = (attempt: number, checkpoint: number): string => `job/${attempt}-${checkpoint}/metadata`;

/** Complete, with these objects; the store lists the `kept` ones of the attempt from then on. */
function completes(
  checkpoint: number,
  objects: readonly string[],
  { attempt = 1, kept = [checkpoint] }: { readonly attempt?: number; readonly kept?: readonly number[] } = {},
): readonly Event[] {
  const keyed = [{ first: 0, last: 3, objects: [...objects], own: [] }];
  const metadata = writeMetadata(
    metadataWith({
      checkpoint,
      attempt,
      vertices: [{ uid: 'window', parallelism: 1, maxParallelism: 4, subtasks: [{ ...FINISHED_SUBTASK, keyed }] }],
    }),
  );
  const completed = kept.map((id) => ({ checkpoint: id, attempt, metadata: metadataOf(attempt, id) }));
  return [
    objectIs(metadataOf(attempt, checkpoint), metadata),
    stored(completedKey('job'), writeCompleted({ ...NO_CHECKPOINTS, completed })),
    states('checkpointCompleted', {
      attempt,
      checkpoint,
      kind: 'checkpoint',
      metadata: metadataOf(attempt, checkpoint),
    }),
  ];
}

const [A, B] = [run(1, 1), run(1, 2)];

proves(sharedObjectReleased, {
  ...incremental,
  reaches: [deployed, ...completes(1, [A]), ...completes(2, [A]), ...completes(3, [B])],
  // It was nobody else's.
  nearMiss: [deployed, ...completes(1, [A]), ...completes(2, [B])],
});
// One that is kept still has it.
proves(sharedObjectReleased, {
  ...incremental,
  reaches: [deployed, ...completes(1, [A]), ...completes(2, [A]), ...completes(3, [B])],
  nearMiss: [
    deployed,
    ...completes(1, [A]),
    ...completes(2, [A], { kept: [1, 2] }),
    ...completes(3, [B], { kept: [2, 3] }),
  ],
});
proves(sharedObjectOutlivesSubsumption, {
  ...incremental,
  reaches: [deployed, ...completes(1, [A]), ...completes(2, [A, B])],
  // Nothing is subsumed.
  nearMiss: [deployed, ...completes(1, [A]), ...completes(2, [A, B], { kept: [1, 2] })],
});
proves(runOfEarlierAttemptReused, {
  ...incremental,
  reaches: [deployed, ...completes(1, [A]), ...completes(2, [A, run(2, 2)], { attempt: 2 })],
  nearMiss: [deployed, ...completes(1, [A]), ...completes(2, [run(2, 2)], { attempt: 2 })],
});
proves(restoredFromWidelySharedRuns, {
  ...incremental,
  reaches: [deployed, ...completes(1, [A]), ...completes(2, [A]), ...completes(3, [A, B]), starting(2, 3)],
  nearMiss: [deployed, ...completes(1, [A]), ...completes(2, [A, B]), ...completes(3, [B]), starting(2, 3)],
});

const state = (bytes: number): readonly Event[] => [
  objectIs('job/1-1/window-0', new Uint8Array(bytes)),
  ...completes(1, ['job/1-1/window-0']),
];
proves(stateOfFiftyMemories, {
  versions: [JOB],
  stateMemoryBytes: 10,
  reaches: [deployed, ...state(500)],
  nearMiss: [deployed, ...state(499)],
});

const taken = (checkpoint: number, subtask = 0): Event =>
  states('snapshotTaken', { task: task(1, subtask), checkpoint, unaligned: false });
const uploaded = (checkpoint: number, subtask = 0): Event =>
  states('snapshotUploaded', { task: task(1, subtask), checkpoint });
const aborted = (checkpoint: number): Event =>
  states('checkpointAborted', { attempt: 1, checkpoint, kind: 'checkpoint', reason: 'expired' });
const merged = (subtask = 0): Event => states('stateStore', { task: task(1, subtask), event: 'compaction-ended' });

proves(incrementalUploadAbortedMidway, {
  ...incremental,
  reaches: [deployed, taken(1), taken(1, 1), objectsAre(A), uploaded(1), aborted(1)],
  // Both have uploaded all.
  nearMiss: [deployed, taken(1), taken(1, 1), objectsAre(A), uploaded(1), uploaded(1, 1), aborted(1)],
});
// Nothing of it is in the store yet.
proves(incrementalUploadAbortedMidway, {
  ...incremental,
  reaches: [deployed, taken(1), objectsAre(A), aborted(1)],
  nearMiss: [deployed, taken(2), objectsAre(A), aborted(2)],
});
proves(compactionDuringIncrementalUpload, {
  ...incremental,
  reaches: [deployed, taken(1), merged(), uploaded(1)],
  nearMiss: [deployed, taken(1), merged(1), uploaded(1), merged()],
});

const savepoint = { checkpoint: 1, attempt: 1, metadata: 'savepoints/old/1-1/metadata' };
const own = { checkpoint: 2, attempt: 2, metadata: metadataOf(2, 2) };
const lists = (completed: readonly (typeof own)[]): Event =>
  stored(completedKey('job'), writeCompleted({ ...NO_CHECKPOINTS, completed: [...completed], savepoint }));

proves(restoredAfterOriginalDeleted, {
  ...incremental,
  reaches: [deployed, lists([own]), starting(3, 2)],
  nearMiss: [deployed, objectIs(savepoint.metadata, new Uint8Array(1)), lists([own]), starting(3, 2)],
});
