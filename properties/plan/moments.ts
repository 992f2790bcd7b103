/**
 * The dangerous instants of a run, as a table of facts: where a kill, a reset or a rescale is most likely to find a
 * protocol between two of its steps. What strikes is drawn from here; where it strikes survives shrinking, because a
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

/** The first strike: somewhere between the steps of a checkpoint, or in the middle of the work. */
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
  moment('barrierReceived', 8, 'checkpoint', 2),
  moment('channelBlocked', 6, 'checkpoint', 1),
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

/** A further strike while an attempt starts or has just started. `which` is the attempt here; `nth` counts within it. */
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

/** When a machine is cut off: between the steps of its part of a checkpoint. */
export const ISOLATION: readonly Moment[] = [
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
