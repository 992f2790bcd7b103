/** Whose an error is that ends a command: what a person has given, or the harness. */
import { JobError } from '../core/errors.ts';
import { HarnessCrash } from '../properties/campaign/harness-crash.ts';
import { CheckError } from '../properties/check/errors.ts';
import { InvalidInput } from '../properties/plan/invalid-input.ts';
import { BadUsage } from './exit-codes.ts';

/** What was given cannot be used: the message says what, where, and what to do. A job that breaks the rules of the API is such input. */
export function isBadInput(error: unknown): error is Error {
  if (error instanceof HarnessCrash) return isBadInput(error.cause);
  return (
    error instanceof BadUsage ||
    error instanceof InvalidInput ||
    error instanceof JobError ||
    (error instanceof CheckError && error.problem === 'usage')
  );
}
