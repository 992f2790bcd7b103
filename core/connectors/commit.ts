/** The second phase: ask until the answer is known. */
import { IoError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import type { Committable, Committer } from './sink.ts';

const RETRY_MS = 5;

/** @throws IoError if it can never be committed: what it holds is lost. */
export function* commitUntilKnown<C extends Committable>(
  committer: Committer<C>,
  committable: C,
  clock: Clock,
): Coroutine<void> {
  for (;;) {
    const outcome = yield* committer.commit(committable);
    if (outcome === 'committed' || outcome === 'already') return;
    if (outcome === 'failed') throw new IoError(`${committable.id}: the commit was refused`);
    yield* clock.sleep(RETRY_MS, `the committer says 'retry' of ${committable.id}`);
  }
}
