/**
 * Which arriving buffers of one input channel are in-flight data of a checkpoint (SEMANTICS B5; Flink:
 * `ChannelStatePersister`). Pure; it knows ids, the channel knows buffers. Every call names its checkpoint.
 *
 *   status     completed   nothing is kept; barriers above `last` are news
 *              pending     what arrives is kept for `last`, until its barrier comes
 *              received    the barrier of `last` has come; nothing is kept
 *
 *   event        | condition                                    | then
 *   -------------|----------------------------------------------|-------------------------------------------------------
 *   start(id)    | received and last > id                       | refused: the checkpoint is subsumed here
 *                | last < id                                    | pending, last = id; what is queued is kept
 *                | otherwise                                    | as it was; what is queued before the barrier is kept
 *   barrier(id)  | id >= (completed ? last + 1 : last)          | received, last = id
 *                | otherwise                                    | ignored
 *   stop(id)     | id >= last                                   | completed, last = id
 *                | otherwise                                    | ignored
 */
export type PersisterStatus = 'completed' | 'pending' | 'received';

export class ChannelStatePersister {
  #status: PersisterStatus = 'completed';
  #last = 0;

  /** The task has begun the checkpoint. False: a newer barrier has come here already. */
  start(checkpoint: number): boolean {
    if (this.#status === 'received' && this.#last > checkpoint) return false;
    if (this.#last < checkpoint) {
      this.#status = 'pending';
      this.#last = checkpoint;
    }
    return true;
  }

  /** A barrier has arrived. True: it counts. */
  barrier(checkpoint: number): boolean {
    const least = this.#status === 'completed' ? this.#last + 1 : this.#last;
    if (checkpoint < least) return false;
    this.#status = 'received';
    this.#last = checkpoint;
    return true;
  }

  /** The checkpoint is over at this task. */
  stop(checkpoint: number): void {
    if (checkpoint < this.#last) return;
    this.#status = 'completed';
    this.#last = checkpoint;
  }

  /** The checkpoint for which what arrives now is kept. */
  get keepsFor(): number | undefined {
    return this.#status === 'pending' ? this.#last : undefined;
  }

  get status(): PersisterStatus {
    return this.#status;
  }

  /** For tests that explore: all that it knows. */
  describe(): string {
    return `${this.#status} ${this.#last}`;
  }
}
