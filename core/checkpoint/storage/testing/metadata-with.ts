/** Metadata by hand. */
import { type CheckpointMetadata, FINISHED_SUBTASK, type SubtaskSnapshot } from '../metadata.ts';

/** What is not named is that of the first checkpoint of a job that has one attempt and one subtask. */
export function metadataWith(
  of: Partial<CheckpointMetadata> & Pick<CheckpointMetadata, 'vertices'>,
): CheckpointMetadata {
  return {
    job: 'job',
    checkpoint: 1,
    kind: 'checkpoint',
    attempt: 1,
    leaderEpoch: 1,
    parallelism: 1,
    enumerators: [],
    exchanges: [],
    ...of,
  };
}

/** A subtask that still runs, and has nothing. */
export const RUNNING_SUBTASK: SubtaskSnapshot = { ...FINISHED_SUBTASK, finished: false, ended: false };
