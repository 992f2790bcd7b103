/**
 * The dangerous instants of a run, as a table of facts: where a kill, a reset or a rescale is most likely to find a
 * protocol between two of its steps. The moment of a fault is drawn from here; it survives shrinking, because a
 * fact is named, not a time.
 */
import type { FactKind } from '../../core/facts.ts';

export interface Moment {
  readonly fact: FactKind;
  readonly weight: number;
  /** Whose fact it is: `self` of an incident is this process. */
  readonly by: 'task' | 'manager';
  /**
   * Which one is meant: `checkpoint` and `attempt` name one in `where` (so that `nth` counts the subtasks that reach
   * it), `any` counts all of them.
   */
  readonly which: 'checkpoint' | 'any';
  /** The largest `nth` that is drawn: per subtask of one vertex for `checkpoint`, in all for `any`. */
  readonly nthMax: number;
}

const moment = (
  fact: FactKind,
  weight: number,
  which: Moment['which'],
  nthMax: number,
  by: Moment['by'] = 'task',
): Moment => ({ fact, weight, which, nthMax, by });

/** The first fault: somewhere between the steps of a checkpoint, or in the middle of the work. */
export const FIRST: readonly Moment[] = [
  moment('transactionPrepared', 30, 'checkpoint', 1),
  moment('snapshotTaken', 8, 'checkpoint', 2),
  moment('snapshotUploaded', 8, 'checkpoint', 1),
  moment('acknowledged', 24, 'checkpoint', 2),
  moment('checkpointAcknowledged', 6, 'checkpoint', 2, 'manager'),
  moment('checkpointCompleted', 14, 'checkpoint', 1, 'manager'),
  moment('notifiedComplete', 10, 'checkpoint', 2),
  moment('transactionCommitted', 8, 'any', 8),
  moment('checkpointTriggered', 4, 'checkpoint', 1, 'manager'),
  moment('barrierReceived', 10, 'checkpoint', 2),
  moment('channelBlocked', 14, 'checkpoint', 1),
  moment('channelUnblocked', 4, 'checkpoint', 1),
  moment('barrierSent', 4, 'checkpoint', 2),
  moment('sourceRecord', 8, 'any', 200),
  moment('recordProcessed', 6, 'any', 200),
  moment('sinkWritten', 4, 'any', 50),
  moment('watermarkAdvanced', 3, 'any', 40),
  moment('paneFired', 5, 'any', 15),
  moment('eventTimerFired', 3, 'any', 20),
  moment('recordLate', 3, 'any', 6),
  moment('processingTimerFired', 2, 'any', 10),
  moment('splitAdded', 2, 'any', 4),
  moment('splitFinished', 3, 'any', 4),
  moment('inputEnded', 3, 'any', 8),
  moment('taskFinished', 4, 'any', 6),
];

/** Besides, where barriers may overtake: while in-flight data is collected. */
export const OVERTAKING: readonly Moment[] = [
  moment('channelStateOpened', 12, 'checkpoint', 2),
  moment('channelStatePersisted', 14, 'checkpoint', 2),
  moment('channelStateClosed', 6, 'checkpoint', 2),
];

/** Besides, where an aligned checkpoint may turn unaligned. */
export const TIMED_OUT: readonly Moment[] = [
  moment('alignmentTimedOut', 16, 'any', 6),
  moment('outputTimedOut', 12, 'any', 6),
];

/**
 * Besides, where checkpoints fail: while the notification of an abort is under way, and when a barrier comes after it.
 */
export const ABORTED: readonly Moment[] = [
  moment('checkpointAborted', 8, 'any', 4, 'manager'),
  moment('notifiedAborted', 6, 'any', 8),
  moment('abortRemembered', 8, 'any', 6),
  moment('cancelSent', 6, 'any', 4),
  moment('cancelReceived', 8, 'any', 6),
  moment('barrierObsolete', 8, 'any', 4),
  moment('declined', 8, 'any', 3),
];

/** For the job manager: between the trigger of a checkpoint and the notification that it is complete. */
export const CHECKPOINT_PENDING: readonly Moment[] = [
  moment('checkpointTriggered', 8, 'checkpoint', 1, 'manager'),
  moment('barrierReceived', 4, 'checkpoint', 3),
  moment('channelBlocked', 6, 'checkpoint', 2),
  moment('snapshotTaken', 8, 'checkpoint', 4),
  moment('acknowledged', 10, 'checkpoint', 6),
  moment('checkpointAcknowledged', 20, 'checkpoint', 8, 'manager'),
  moment('checkpointCompleted', 14, 'checkpoint', 1, 'manager'),
  moment('checkpointAborted', 4, 'any', 3, 'manager'),
];

/** A further fault while an attempt starts or has just started. `which` is the attempt here; `nth` counts within it. */
export const AFTER_RESTART: readonly Moment[] = [
  moment('attemptStarting', 6, 'any', 1, 'manager'),
  moment('taskOpened', 10, 'any', 6),
  moment('attemptRunning', 6, 'any', 1, 'manager'),
  moment('splitAdded', 6, 'any', 3),
  moment('transactionCommitted', 6, 'any', 2),
  moment('transactionAborted', 4, 'any', 2),
  moment('sourceRecord', 12, 'any', 60),
  moment('recordProcessed', 8, 'any', 60),
  moment('barrierReceived', 6, 'any', 8),
  moment('snapshotTaken', 6, 'any', 6),
  moment('transactionPrepared', 8, 'any', 3),
  moment('acknowledged', 8, 'any', 6),
  moment('checkpointCompleted', 4, 'any', 2, 'manager'),
];

/** Besides, where in-flight data is restored: while it is replayed. */
export const REPLAYING: readonly Moment[] = [
  moment('replayStarted', 60, 'any', 4),
  moment('replayEnded', 16, 'any', 4),
  moment('recordProcessed', 40, 'any', 10),
  moment('declined', 10, 'any', 3),
];

/** When a machine is cut off, or a process killed for sure: between the steps of a task's part of a checkpoint. */
export const IN_CHECKPOINT: readonly Moment[] = [
  moment('snapshotTaken', 10, 'checkpoint', 2),
  moment('snapshotUploaded', 4, 'checkpoint', 2),
  moment('barrierReceived', 6, 'checkpoint', 2),
  moment('transactionPrepared', 4, 'checkpoint', 1),
  moment('acknowledged', 4, 'checkpoint', 2),
  moment('notifiedComplete', 2, 'checkpoint', 2),
];

/** What may end an isolation: the cut-off process comes back as a zombie just when the others have moved on. */
export const BACK_AT: readonly [FactKind, ...FactKind[]] = [
  'attemptFailed',
  'attemptStarting',
  'taskOpened',
  'attemptRunning',
  'snapshotTaken',
  'acknowledged',
  'checkpointCompleted',
];

/** In batch: in the middle of a stage, at its end, and between stages. Checkpoints there are none. */
export const BATCH: readonly Moment[] = [
  moment('sourceRecord', 8, 'any', 150),
  moment('recordProcessed', 14, 'any', 200),
  moment('keyEnded', 8, 'any', 12),
  moment('eventTimerFired', 4, 'any', 20),
  moment('sinkWritten', 4, 'any', 40),
  moment('resultPartWritten', 14, 'any', 12),
  moment('sortSpilled', 10, 'any', 3),
  moment('splitFinished', 3, 'any', 3),
  moment('transactionPrepared', 14, 'any', 3),
  moment('taskFinished', 16, 'any', 8),
  moment('stageFinished', 14, 'any', 3, 'manager'),
  moment('attemptStarting', 8, 'any', 4, 'manager'),
  moment('taskOpened', 8, 'any', 8),
  moment('attemptRunning', 6, 'any', 4, 'manager'),
  moment('batchCommitting', 12, 'any', 1, 'manager'),
];

/** Where a result that is lost is one that is still to be read. */
export const RESULTS_THERE: readonly Moment[] = [
  moment('stageFinished', 10, 'any', 3, 'manager'),
  moment('attemptStarting', 6, 'any', 4, 'manager'),
  moment('taskOpened', 10, 'any', 8),
  moment('attemptRunning', 6, 'any', 4, 'manager'),
];

/** Every moment at which something may happen. */
export const ALL_MOMENTS: readonly Moment[] = [
  FIRST,
  OVERTAKING,
  TIMED_OUT,
  ABORTED,
  CHECKPOINT_PENDING,
  AFTER_RESTART,
  REPLAYING,
  IN_CHECKPOINT,
  BATCH,
  RESULTS_THERE,
].flat();
