/**
 * The catalogue of marks, known before a run so that "never reached" is visible, and how a run listens for them.
 */
import type { Probe } from '../../core/facts.ts';
import {
  abortBeforeBarrier,
  alignmentTimedOut,
  barrierOfAbortedCheckpointLate,
  declinedWhileReplaying,
  inFlightInputPersisted,
  inFlightOutputPersisted,
  killedWhileReplaying,
  obsoleteBarrier,
  outputTimedOut,
  restoredInFlightAtOtherParallelism,
} from './barriers.ts';
import {
  checkpointsOverlapping,
  finishedTaskInCheckpoint,
  jobManagerRecoveredWithCheckpointPending,
  notificationLostAndMadeGood,
  pendingCheckpointSubsumed,
  savepointUnderUnalignedWithDataQueued,
  stoppedWithSavepointAndResumed,
} from './coordinator.ts';
import {
  backpressured,
  checkpointDeclined,
  checkpointExpired,
  floorAboveWatermark,
  paneRefiredWithinLateness,
  recordLate,
  unequalChannels,
} from './flow.ts';
import {
  crashBeforeFirstCheckpoint,
  killedBetweenAcknowledgementAndCompletion,
  killedBetweenPrepareAndCommit,
  killedDuringAlignment,
  killedDuringRestore,
} from './kills.ts';
import { combined } from './combined.ts';
import type { Mark, MarkWorld } from './mark.ts';
import {
  restoredAtOtherParallelism,
  secondCrashBeforeNextCheckpoint,
  splitReassigned,
  timerFiredAfterRestore,
  transactionAbortedOnRecovery,
  transactionRecovered,
  zombieActed,
} from './recovery.ts';

/** Sorted by name. */
export const MARKS: readonly Mark[] = [
  abortBeforeBarrier,
  alignmentTimedOut,
  backpressured,
  barrierOfAbortedCheckpointLate,
  checkpointDeclined,
  checkpointExpired,
  checkpointsOverlapping,
  crashBeforeFirstCheckpoint,
  declinedWhileReplaying,
  finishedTaskInCheckpoint,
  floorAboveWatermark,
  inFlightInputPersisted,
  inFlightOutputPersisted,
  jobManagerRecoveredWithCheckpointPending,
  killedBetweenAcknowledgementAndCompletion,
  killedBetweenPrepareAndCommit,
  killedDuringAlignment,
  killedDuringRestore,
  killedWhileReplaying,
  notificationLostAndMadeGood,
  obsoleteBarrier,
  outputTimedOut,
  paneRefiredWithinLateness,
  pendingCheckpointSubsumed,
  recordLate,
  restoredAtOtherParallelism,
  restoredInFlightAtOtherParallelism,
  savepointUnderUnalignedWithDataQueued,
  secondCrashBeforeNextCheckpoint,
  splitReassigned,
  stoppedWithSavepointAndResumed,
  timerFiredAfterRestore,
  transactionAbortedOnRecovery,
  transactionRecovered,
  unequalChannels,
  zombieActed,
];

export interface MarksOfRun {
  readonly probe: Probe;
  /** Names of the marks reached so far, sorted. */
  reached(): readonly string[];
}

/** Listens for all marks of the catalogue in one run. */
export function createMarks(world: MarkWorld, marks: readonly Mark[] = MARKS): MarksOfRun {
  const reached = new Set<string>();
  const probes = marks.map((mark) => mark.listen(world, () => void reached.add(mark.name)));
  return { probe: combined(probes), reached: () => [...reached].sort() };
}
