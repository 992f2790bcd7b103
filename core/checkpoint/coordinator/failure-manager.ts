/**
 * How many failed checkpoints a job survives (SEMANTICS C4; Flink: `CheckpointFailureManager`). Pure.
 *
 *   counts         expired, declined by a failing task or a failed async part, failed in the coordinator, failed to finalize
 *   does not       subsumed, task not ready, task closing, cancel marker, not all running, partly finished, failover, end of input;
 *                  plain savepoints, for any reason
 *   not tolerable  a synchronous savepoint: the sources have stopped, so the attempt fails for any reason
 *
 * Each id counts once; one that is not newer than the last success does not count; a newer success starts the count afresh.
 */
import type { AbortReason } from '../../facts.ts';
import { type CheckpointKind, endsJob } from '../../barrier-options.ts';

const COUNTED_REASONS: ReadonlySet<AbortReason> = new Set<AbortReason>(['expired', 'declined', 'store-failed']);

export class FailureManager {
  readonly #tolerable: number;
  readonly #counted = new Set<number>();
  #lastCompleted = 0;

  constructor(tolerable: number) {
    this.#tolerable = tolerable;
  }

  /** Returns why the attempt cannot go on, or undefined if it can. */
  aborted(checkpoint: number, kind: CheckpointKind, reason: AbortReason): string | undefined {
    if (endsJob(kind)) {
      return `StopFailed: the savepoint ${checkpoint} (${kind}) was aborted (${reason}) after the sources had stopped`;
    }
    if (kind === 'savepoint' || !COUNTED_REASONS.has(reason) || checkpoint <= this.#lastCompleted) return undefined;
    this.#counted.add(checkpoint);
    if (this.#counted.size <= this.#tolerable) return undefined;
    return (
      `CheckpointFailuresExceeded: checkpoint ${checkpoint} was aborted (${reason}), ${this.#counted.size} in a row without a completed one; ` +
      `checkpointing.tolerableFailures is ${this.#tolerable}`
    );
  }

  completed(checkpoint: number): void {
    if (checkpoint <= this.#lastCompleted) return;
    this.#lastCompleted = checkpoint;
    this.#counted.clear();
  }
}
