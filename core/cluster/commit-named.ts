/**
 * Commits every transaction that a savepoint names, from outside the tasks: for a drained job whose tasks ended before
 * all of them had committed. Nothing else could, since nobody restores that savepoint.
 *
 * Each owner is fenced first, so that a task which does not know yet that it is over does nothing more. Committing is
 * idempotent: what a task has committed already is left as it is.
 */
import type { CheckpointMetadata } from '../checkpoint/storage/metadata.ts';
import { IoError } from '../errors.ts';
import type { Clock, LogBroker } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';

const RETRY_MS = 5;

/** Throws `IoError` if one was aborted: its records are lost. */
export function* commitNamed(
  { log, clock }: { readonly log: LogBroker; readonly clock: Clock },
  metadata: CheckpointMetadata,
): Coroutine<void> {
  const pending = metadata.vertices.flatMap(({ subtasks }) => subtasks.flatMap((subtask) => subtask.pending));
  for (const { transaction } of pending) {
    const producer = yield* log.producer(ownerName(transaction));
    for (;;) {
      const outcome = yield* producer.commit(transaction);
      if (outcome.kind === 'written') break;
      if (outcome.kind === 'refused') throw new IoError(`transaction ${transaction}: the commit was refused`);
      yield* clock.sleep(RETRY_MS);
    }
  }
}

/** `<job>/<sink>/<owner>` of `<job>/<sink>/<owner>/<attempt>/<sequence>`. */
function ownerName(transaction: string): string {
  return transaction.split('/').slice(0, -2).join('/');
}
