import type { Coroutine } from '../../../core/waiting.ts';

/** Large enough that most kills come in the middle of an append. */
export const RECORD_BYTES = 300_007;

/** Runs a coroutine all of whose requests have their answers at once. */
export function finish<T>(body: Coroutine<T>): T {
  for (;;) {
    const step = body.next();
    if (step.done === true) return step.value;
  }
}
