/**
 * Checkpoints that all tasks have acknowledged, made complete one after the other, in the order of their last
 * acknowledgements:
 *
 *   metadata object -> HA entry (not for a plain savepoint) -> complete -> the files of what it subsumes are deleted
 *
 * An entry that is written counts, even if the attempt ended meanwhile. Deleting runs beside the next completion, which
 * must not wait for it; what cannot be deleted is swept at the next start.
 */
import { IoError } from '../../errors.ts';
import { writeObject } from '../../state/object-io.ts';
import type { Coroutine } from '../../waiting.ts';
import { DeposedError } from '../storage/completed-store.ts';
import { deletePrefix } from '../storage/delete-prefix.ts';
import { type CompletedCheckpoint, metadataName, prefixAt, prefixOf, writeMetadata } from '../storage/metadata.ts';
import type { CoordinatorEnv } from './coordinator-env.ts';
import type { PendingCheckpoint } from './pending-checkpoint.ts';

export interface CompletionSteps {
  /** Its metadata could not be written. */
  readonly storeFailed: (pending: PendingCheckpoint) => void;
  /** It counts, whether or not the attempt is over. `metadata`: name of the object. */
  readonly published: (pending: PendingCheckpoint, metadata: string) => void;
  /** Follows `published`, unless the attempt is over. */
  readonly completed: (pending: PendingCheckpoint, metadata: string) => void;
  /** No list names this one any more. */
  readonly subsumed: (checkpoint: number) => void;
}

export class CompletionQueue {
  readonly #env: CoordinatorEnv;
  readonly #steps: CompletionSteps;
  readonly #waiting: PendingCheckpoint[] = [];
  #finalizing = false;
  #over = false;

  constructor(env: CoordinatorEnv, steps: CompletionSteps) {
    this.#env = env;
    this.#steps = steps;
  }

  add(pending: PendingCheckpoint): void {
    this.#waiting.push(pending);
    if (this.#finalizing) return;
    this.#finalizing = true;
    this.#env.scope.spawn(`finalize ${pending.id}`, this.#finalizeAll());
  }

  /** The attempt is over. What is with the stores now may still come to count. */
  stop(): void {
    this.#over = true;
  }

  *#finalizeAll(): Coroutine<void> {
    for (;;) {
      const pending = this.#waiting.shift();
      if (pending === undefined || this.#over) break;
      if (pending.state === 'acknowledged') yield* this.#finalize(pending);
    }
    this.#finalizing = false;
  }

  *#finalize(pending: PendingCheckpoint): Coroutine<void> {
    pending.state = 'finalizing';
    const { attempt, ports, scope } = this.#env;
    const name = metadataName(prefixOf(pending.kind, attempt.job, attempt.attempt, pending.id));
    try {
      yield* writeObject(ports.objects, name, writeMetadata(pending.metadata(attempt)));
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      if (!this.#over) this.#steps.storeFailed(pending);
      return;
    }
    if (this.#over) return;
    const published = { checkpoint: pending.id, attempt: attempt.attempt, metadata: name };
    const subsumed = yield* this.#publish(pending, published);
    pending.state = 'over';
    this.#steps.published(pending, name);
    if (this.#over) return;
    this.#steps.completed(pending, name);
    for (const old of subsumed) {
      scope.spawn(`delete ${old.checkpoint}`, deletePrefix(ports, prefixAt(old.metadata)));
      this.#steps.subsumed(old.checkpoint);
    }
  }

  /** Makes the checkpoint the latest completed one. Returns those that no list names any more. */
  *#publish(pending: PendingCheckpoint, checkpoint: CompletedCheckpoint): Coroutine<readonly CompletedCheckpoint[]> {
    const { store, config, listener } = this.#env;
    try {
      switch (pending.kind) {
        case 'savepoint':
          return [];
        case 'checkpoint':
          return yield* store.add(checkpoint, config.checkpointing.retained);
        case 'stop':
        case 'drain':
          return yield* store.stop(checkpoint, pending.kind === 'drain');
      }
    } catch (error) {
      if (error instanceof DeposedError) listener.deposed(error);
      throw error;
    }
  }
}
