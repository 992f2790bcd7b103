/** What the engine checks on the way out of user code. */
import { JobError } from '../errors.ts';

/**
 * Refuses a result that is a promise or another thenable: the engine is synchronous, and what an async function does
 * after its first `await` would run outside of any turn. Throws a `JobError` that names the place.
 */
export function refuseThenable(result: unknown, uid: string, method: string): void {
  if (typeof result !== 'object' || result === null) return;
  if ('then' in result && typeof result.then === 'function') {
    throw new JobError(
      `${method} of operator ${uid} returned a promise: user functions are synchronous. ` +
        'Return the value itself, and leave what must wait to a source or a sink.',
    );
  }
}
