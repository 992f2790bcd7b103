/** The kinds of facts as values, for validation; the compiler keeps it complete. */
import type { FactKind } from '../../core/facts.ts';

const KINDS = {
  attemptStarting: true, attemptRunning: true, attemptFailed: true, jobEnded: true, splitDealt: true,
  checkpointTriggered: true, checkpointAcknowledged: true, checkpointCompleted: true, checkpointAborted: true,
  taskOpened: true, taskFinished: true, taskFailed: true, taskCancelled: true,
  splitAdded: true, splitFinished: true, sourceRecord: true, recordProcessed: true, watermarkAdvanced: true,
  eventTimerFired: true, processingTimerFired: true, turnEnded: true,
  sent: true, sinkWritten: true, clockRead: true, randomDrawn: true, timerRegistered: true, timerDeleted: true,
  windowAdded: true, recordLate: true, paneFired: true,
  watermarkGenerated: true, watermarkReceived: true, statusReceived: true, watermarkSent: true, statusSent: true, inputEnded: true,
  outputBlocked: true, partitionEnded: true, checkpointStats: true,
  barrierReceived: true, barrierObsolete: true, alignmentTimedOut: true, outputTimedOut: true, cancelReceived: true,
  cancelSent: true, abortRemembered: true, channelStateOpened: true, channelStatePersisted: true, channelStateClosed: true,
  replayStarted: true, replayEnded: true, channelBlocked: true, channelUnblocked: true, barrierSent: true,
  snapshotTaken: true, snapshotUploaded: true, acknowledged: true, declined: true,
  notifiedComplete: true, notifiedAborted: true,
  transactionPrepared: true, transactionCommitted: true, transactionAborted: true,
} as const satisfies Readonly<Record<FactKind, true>>;

export function isFactKind(name: string): name is FactKind {
  return Object.hasOwn(KINDS, name);
}
export const FACT_KINDS: readonly FactKind[] = Object.keys(KINDS).filter(isFactKind);
