/**
 * The checkpoints of a run as a table, one a line, in the order in which they ended, with Flink's names for the metrics.
 * Durations are milliseconds; those of tasks are the largest over the subtasks, bytes are sums over them.
 */
import type { CheckpointStats } from '../core/facts.ts';
import { rightAligned } from './layout.ts';
import { count } from './words.ts';

type Column = readonly [title: string, cell: (stats: CheckpointStats, start: number) => string];

const COLUMNS: readonly Column[] = [
  ['attempt', ({ attempt }) => String(attempt)],
  ['id', ({ checkpoint }) => String(checkpoint)],
  ['kind', ({ kind }) => kind],
  ['status', ({ status, failureReason }) => (failureReason === undefined ? status : `${status}: ${failureReason}`)],
  ['triggered', ({ triggerTimestamp }, start) => `+${count(Math.round(triggerTimestamp - start))}`],
  [
    'acknowledged',
    (of) =>
      `${of.numberOfAcknowledgedSubtasks}/${of.numberOfSubtasks}${of.numberOfFinishedSubtasks === 0 ? '' : ` (${of.numberOfFinishedSubtasks} finished)`}`,
  ],
  ['end to end', ({ endToEndDurationMs }) => count(Math.round(endToEndDurationMs))],
  ['start delay', ({ startDelayMs }) => count(startDelayMs)],
  ['alignment', ({ alignmentDurationMs }) => count(alignmentDurationMs)],
  ['sync', ({ syncDurationMs }) => count(syncDurationMs)],
  ['async', ({ asyncDurationMs }) => count(asyncDurationMs)],
  ['processed B', ({ bytesProcessedDuringAlignment }) => count(bytesProcessedDuringAlignment)],
  ['persisted B', ({ bytesPersistedDuringAlignment }) => count(bytesPersistedDuringAlignment)],
  ['state B', ({ stateSizeBytes }) => count(stateSizeBytes)],
  ['unaligned', ({ unalignedCheckpoint }) => (unalignedCheckpoint ? 'yes' : 'no')],
];

/** `triggered` counts from the first trigger of the run. */
export function checkpointsReport(checkpoints: readonly CheckpointStats[]): string {
  if (checkpoints.length === 0) return 'no checkpoint came to an end';
  const start = Math.min(...checkpoints.map(({ triggerTimestamp }) => triggerTimestamp));
  const rows = [
    COLUMNS.map(([title]) => title),
    ...checkpoints.map((stats) => COLUMNS.map(([, cell]) => cell(stats, start))),
  ];
  return rightAligned(rows).join('\n');
}
