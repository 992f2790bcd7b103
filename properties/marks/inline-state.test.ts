import {
  completedKey,
  FINISHED_SUBTASK,
  NO_CHECKPOINTS,
  writeCompleted,
  writeMetadata,
} from '../../core/checkpoint/storage/metadata.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { inlineObjectOf } from '../../core/state/handles.ts';
import { inlineAndStoredStateInOneCheckpoint, inlineStateRestoredAtOtherParallelism } from './inline-state.ts';
import { type Event, objectIs, objectsAre, proves, starting, states, stored } from './testing/facts.ts';
import { metadataWith } from '../../core/checkpoint/storage/testing/metadata-with.ts';

const JOB: JobSpec = { name: 'job', nodes: [], edges: [] };
const METADATA = 'job/1-1/metadata';
const OBJECT = 'job/1-1/window-0';
const deployed: Event = { kind: 'deployed' };

/** Taken at parallelism 2, with the keyed state of one subtask in the metadata, or in an object. */
function completes(where: 'inline' | 'stored'): readonly Event[] {
  const keyed = [{ first: 0, last: 3, objects: [OBJECT], own: [] }];
  const inline = where === 'inline' ? [inlineObjectOf(OBJECT, Uint8Array.of(1))] : [];
  const metadata = writeMetadata(
    metadataWith({
      parallelism: 2,
      vertices: [
        { uid: 'window', parallelism: 2, maxParallelism: 4, subtasks: [{ ...FINISHED_SUBTASK, keyed, inline }] },
      ],
    }),
  );
  const completed = [{ checkpoint: 1, attempt: 1, metadata: METADATA }];
  return [
    objectIs(METADATA, metadata),
    stored(completedKey('job'), writeCompleted({ ...NO_CHECKPOINTS, completed })),
    states('checkpointCompleted', { attempt: 1, checkpoint: 1, kind: 'checkpoint', metadata: METADATA }),
  ];
}

const versions = [JOB];
const other = objectsAre(METADATA, 'job/1-1/window-1');
// All of it is in objects.
proves(inlineAndStoredStateInOneCheckpoint, {
  versions,
  reaches: [deployed, other, ...completes('inline')],
  nearMiss: [deployed, other, ...completes('stored')],
});
// All of it is in the metadata.
proves(inlineAndStoredStateInOneCheckpoint, {
  versions,
  reaches: [deployed, other, ...completes('inline')],
  nearMiss: [deployed, objectsAre(METADATA), ...completes('inline')],
});
proves(inlineStateRestoredAtOtherParallelism, {
  versions,
  reaches: [deployed, ...completes('inline'), starting(2, 1, 3)],
  nearMiss: [deployed, ...completes('inline'), starting(2, 1, 2)],
});
proves(inlineStateRestoredAtOtherParallelism, {
  versions,
  reaches: [deployed, ...completes('inline'), starting(2, 1, 3)],
  nearMiss: [deployed, ...completes('stored'), starting(2, 1, 3)],
});
