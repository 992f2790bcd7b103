/**
 * The seam between a task and the keyed operator at the head of its chain. The task owns the mailbox, the backend, the
 * watermark and the outputs; the operator owns what a record or a timer means.
 *
 * Before every call of `processElement`, `onEventTimer` and `onProcessingTimer` the task has set the backend's current
 * key (to the timer's, which it has polled already), so an operator never sets it.
 */
import type { OpenContext, Timestamp } from '../job/functions.ts';
import type { Probe, TaskId } from '../facts.ts';
import type { KeyedStateBackend, TimerEntry } from '../state/backend.ts';
import type { StateRead } from '../state/queried.ts';
import type { SievedState } from '../state/backend.ts';
import type { UserCalls } from './user-calls.ts';

/** What any operator with contexts asks of its task. */
export interface TurnHost {
  readonly task: TaskId;
  /** The border to the operator's functions. */
  readonly calls: UserCalls;
  emit(value: unknown, timestamp: Timestamp | undefined): void;
  emitSide(tag: string, value: unknown, timestamp: Timestamp | undefined): void;
  /** Wall clock; the task states `clockRead`. */
  now(): Timestamp;
  /** A whole number in [0, n); the task states `randomDrawn`. */
  random(n: number): number;
}

/** What a keyed operator asks of its task. */
export interface OperatorHost extends TurnHost {
  readonly probe: Probe;
  readonly backend: KeyedStateBackend;
  /** The effective watermark of the current key's group (SEMANTICS W1). */
  effectiveWatermark(): Timestamp;
  /** So that the task can (re)arm its clock timer. */
  processingTimerRegistered(timestamp: Timestamp): void;
}

export interface KeyedOperator {
  /** Once, after the restore and before the first element. */
  open(ctx: OpenContext): void;
  /** `input`: the first or the second, of an operator that has two. */
  processElement(value: unknown, timestamp: Timestamp | undefined, input: 1 | 2): void;
  onEventTimer(timer: TimerEntry): void;
  onProcessingTimer(timer: TimerEntry): void;
  /** The states that a snapshot leaves expired values out of. */
  readonly sieved?: readonly SievedState[];
  /** What the current key has in a state of the author's; left out where there is none. */
  queried?(state: string, now: Timestamp): StateRead;
  close(): void;
}
