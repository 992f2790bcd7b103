/**
 * The catalogue of marks, known before a run so that "never reached" is visible, and how a run listens for them.
 */
import type { Probe } from '../../core/facts.ts';
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
  backpressured,
  checkpointDeclined,
  checkpointExpired,
  crashBeforeFirstCheckpoint,
  floorAboveWatermark,
  killedBetweenAcknowledgementAndCompletion,
  killedBetweenPrepareAndCommit,
  killedDuringAlignment,
  killedDuringRestore,
  paneRefiredWithinLateness,
  recordLate,
  restoredAtOtherParallelism,
  secondCrashBeforeNextCheckpoint,
  splitReassigned,
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
