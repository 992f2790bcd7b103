import { boolean, int32, record, type TypeOf } from '../../job/types.ts';

/** How a task took part in a checkpoint (Flink: `CheckpointMetrics`). */
export const taskMetricsType = record({
  /** From the trigger until the first barrier came, by the task's wall clock. */
  startDelayMs: int32,
  /** From the first barrier to the last. */
  alignmentDurationMs: int32,
  syncDurationMs: int32,
  asyncDurationMs: int32,
  /** Size of the records that were processed between the first barrier and the last. */
  bytesProcessedDuringAlignment: int32,
  /** Size of the channel state. */
  bytesPersistedDuringAlignment: int32,
  unalignedCheckpoint: boolean,
  /** Everything that this task wrote for the checkpoint. */
  stateSizeBytes: int32,
});
export type TaskMetrics = TypeOf<typeof taskMetricsType>;
