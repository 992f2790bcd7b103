/**
 * The metrics of one checkpoint, from what its tasks said (Flink: `PendingCheckpointStats`, `CompletedCheckpointStats`,
 * `FailedCheckpointStats`). Pure.
 *
 * End to end: until the last acknowledgement if it was completed, until its abort if not. Tasks that had finished before
 * the trigger count as acknowledged.
 */
import type { AbortReason, CheckpointStats } from '../../facts.ts';
import type { Ms } from '../../ports.ts';
import type { TaskMetrics } from '../snapshot/task-metrics.ts';
import type { PendingCheckpoint } from './pending-checkpoint.ts';

export type CheckpointEnd =
  { readonly status: 'completed' } | { readonly status: 'failed'; readonly reason: AbortReason; readonly atMs: Ms };

export function statsOf(attempt: number, pending: PendingCheckpoint, end: CheckpointEnd): CheckpointStats {
  const { metrics, options } = pending;
  const { plan } = options;
  const largest = (of: (metric: TaskMetrics) => number): number =>
    metrics.reduce((most, metric) => Math.max(most, of(metric)), 0);
  const sum = (of: (metric: TaskMetrics) => number): number => metrics.reduce((total, metric) => total + of(metric), 0);
  const endMs = end.status === 'completed' ? pending.lastAcknowledgedMs : end.atMs;
  return {
    attempt,
    checkpoint: options.id,
    kind: options.kind,
    status: end.status,
    failureReason: end.status === 'failed' ? end.reason : undefined,
    triggerTimestamp: options.triggeredAt,
    endToEndDurationMs: Math.max(0, endMs - options.triggeredMs),
    numberOfSubtasks: plan.acknowledge.size + plan.finished.length,
    numberOfAcknowledgedSubtasks: metrics.length + plan.finished.length,
    numberOfFinishedSubtasks: plan.finished.length,
    unalignedCheckpoint: metrics.some((metric) => metric.unalignedCheckpoint),
    startDelayMs: largest((metric) => metric.startDelayMs),
    alignmentDurationMs: largest((metric) => metric.alignmentDurationMs),
    syncDurationMs: largest((metric) => metric.syncDurationMs),
    asyncDurationMs: largest((metric) => metric.asyncDurationMs),
    bytesProcessedDuringAlignment: sum((metric) => metric.bytesProcessedDuringAlignment),
    bytesPersistedDuringAlignment: sum((metric) => metric.bytesPersistedDuringAlignment),
    stateSizeBytes: sum((metric) => metric.stateSizeBytes),
  };
}
