/**
 * Which checkpoint is triggered now, if any (SEMANTICS C1; Flink: `CheckpointRequestDecider`). Pure: what is
 * asked for and what is under way in, a decision out. Nothing here forgets a request: the requester repeats it until
 * the decision is `trigger`, so a refused one cannot be lost (FLINK-13256).
 *
 *   first condition that holds              | decision
 *   ----------------------------------------|------------------------------------------
 *   a stop is under way or done             | wait: over
 *   a task does not run yet                 | wait: not-all-running
 *   nothing is asked for                    | wait: nothing
 *   maxConcurrent are pending               | wait: max-concurrent
 *   a savepoint is asked for                | trigger the one asked for first
 *   the final checkpoint is due             | trigger a checkpoint
 *   the interval is over, the pause is not  | wait: min-pause, with the rest of the pause
 *   the interval is over                    | trigger a checkpoint
 *
 * A trigger itself is one step (it asks the enumerators and notifies the sources), so there is never another in
 * progress.
 */
import type { Ms } from '../../ports.ts';
import type { CheckpointKind } from '../../barrier-options.ts';

export interface DeciderState {
  /** A synchronous savepoint was triggered: nothing follows it. */
  readonly stopping: boolean;
  /** All tasks run or have finished, and one has not. */
  readonly running: boolean;
  readonly pending: number;
  readonly maxConcurrent: number;
  /** Asked for, in order. */
  readonly savepoints: readonly CheckpointKind[];
  readonly finalDue: boolean;
  /** The interval has passed since it was last served. */
  readonly periodicDue: boolean;
  readonly now: Ms;
  /** When the last checkpoint was completed. */
  readonly lastCompletion: Ms | undefined;
  readonly minPauseMs: Ms;
}

export type Decision =
  | { readonly kind: 'trigger'; readonly what: CheckpointKind }
  | { readonly kind: 'wait'; readonly why: 'over' | 'not-all-running' | 'nothing' | 'max-concurrent' }
  | { readonly kind: 'wait'; readonly why: 'min-pause'; readonly ms: Ms };

export function decide(state: DeciderState): Decision {
  const { stopping, running, savepoints, finalDue, periodicDue, pending, maxConcurrent } = state;
  if (stopping) return { kind: 'wait', why: 'over' };
  if (!running) return { kind: 'wait', why: 'not-all-running' };
  const savepoint = savepoints[0];
  if (savepoint === undefined && !finalDue && !periodicDue) return { kind: 'wait', why: 'nothing' };
  if (pending >= maxConcurrent) return { kind: 'wait', why: 'max-concurrent' };
  if (savepoint !== undefined) return { kind: 'trigger', what: savepoint };
  if (finalDue) return { kind: 'trigger', what: 'checkpoint' };
  const rest = state.lastCompletion === undefined ? 0 : state.lastCompletion + state.minPauseMs - state.now;
  if (rest > 0) return { kind: 'wait', why: 'min-pause', ms: rest };
  return { kind: 'trigger', what: 'checkpoint' };
}
