/** Why a check is red. */
import { thrownWithoutContext } from '../../core/job-fault.ts';
import { ignoreRejection, isThenable } from '../../core/user-code.ts';

/**
 * - `falsified`: a run broke a law; the message is the report.
 * - `vacuous`: nothing happened that could have gone wrong, so passing means nothing.
 * - `inconclusive`: too few runs could be judged.
 * - `usage`: the options do not fit the job.
 * - `case`: the case that was asked for cannot be replayed.
 */
export type CheckProblem = 'falsified' | 'vacuous' | 'inconclusive' | 'usage' | 'case';

/** Thrown by `check`. The message is for people: what, where, and what to do. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
  readonly problem: CheckProblem;

  constructor(problem: CheckProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** Calls a function of the options, which is synchronous. `what` names it. @throws CheckError if it throws, or is not. */
export function asked<R>(what: string, body: () => R): R {
  let result: R;
  try {
    result = body();
  } catch (error) {
    throw new CheckError('usage', `${what} threw ${thrownWithoutContext(error)}`, { cause: error });
  }
  if (!isThenable(result)) return result;
  ignoreRejection(result);
  throw new CheckError('usage', `${what} returned a promise; it is asked synchronously: return the value itself`);
}
