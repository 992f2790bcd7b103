/**
 * The order of checkpoints at one task (Flink: `SubtaskCheckpointCoordinatorImpl`): which one may be taken, what an abort
 * means at the moment at which it comes. Pure; every call names its checkpoint.
 *
 *   state   last = the newest checkpoint that was begun or given up here; aborted = ids above it that the coordinator has
 *           given up; running = those whose async part is under way
 *
 *   event            | condition             | answer
 *   -----------------|-----------------------|----------------------------------------------------------------
 *   begin(id)        | id <= last            | obsolete
 *                    | id was aborted        | cancelled: forward a cancel marker in place of the barrier; last = id
 *                    | otherwise             | take; last = id, running
 *   giveUp(id)       | id <= last            | late unless it is running: then cancel-async
 *   (at a barrier)   | id > last             | before-begin; last = id
 *   abort(id)        | id > last             | remembered
 *   (coordinator)    | running               | cancel-async
 *                    | otherwise             | late
 *   end(id)          |                       | not running any more; false if it was given up meanwhile
 */
export type BeginAnswer = 'take' | 'obsolete' | 'cancelled';
export type AbortAnswer = 'remembered' | 'cancel-async' | 'late';

/** Aborted ids that may wait for their barrier: far more than checkpoints can be under way. */
const ABORTED_MAX = 1_000;

export class CheckpointSequence {
  #last = 0;
  readonly #aborted = new Set<number>();
  readonly #running = new Set<number>();

  begin(checkpoint: number): BeginAnswer {
    const cancelled = this.#aborted.has(checkpoint);
    if (checkpoint <= this.#last) return 'obsolete';
    this.#reached(checkpoint);
    if (cancelled) return 'cancelled';
    this.#running.add(checkpoint);
    return 'take';
  }

  /** The barrier handler gives the checkpoint up: a cancel marker, or a newer barrier. */
  giveUp(checkpoint: number): 'before-begin' | 'cancel-async' | 'late' {
    if (checkpoint > this.#last) {
      this.#reached(checkpoint);
      return 'before-begin';
    }
    return this.#running.delete(checkpoint) ? 'cancel-async' : 'late';
  }

  /** The coordinator has given the checkpoint up. */
  abort(checkpoint: number): AbortAnswer {
    if (checkpoint > this.#last) {
      if (this.#aborted.size < ABORTED_MAX) this.#aborted.add(checkpoint);
      return 'remembered';
    }
    return this.#running.delete(checkpoint) ? 'cancel-async' : 'late';
  }

  /** The async part is done. False: the checkpoint was aborted meanwhile, so the result is discarded. */
  end(checkpoint: number): boolean {
    return this.#running.delete(checkpoint);
  }

  /** For tests that explore: all that it knows. */
  describe(): string {
    return `last ${this.#last} aborted ${listed(this.#aborted)} running ${listed(this.#running)}`;
  }

  #reached(checkpoint: number): void {
    this.#last = checkpoint;
    for (const aborted of this.#aborted) if (aborted <= checkpoint) this.#aborted.delete(aborted);
  }
}

function listed(ids: ReadonlySet<number>): string {
  return [...ids].sort((a, b) => a - b).join(',');
}
