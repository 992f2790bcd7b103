/** `expect(job).toBeExactlyOnce(options)`: `check` as a matcher of vitest. Importing this file adds it. */
import { expect } from 'vitest';
import type { JobSpec } from '../../../core/job/spec.ts';
import { CheckError } from '../../../properties/check/errors.ts';
import type { CheckInput, CheckOptions, Untyped } from '../../../properties/check/options.ts';
import { check } from './check.ts';

/** The error of `check` is the failure: its message is the report. `.not` has no meaning: a job cannot be shown to fail. */
export function toBeExactlyOnce<const I extends CheckInput>(
  this: { readonly isNot?: boolean } | undefined,
  job: JobSpec,
  options: CheckOptions<I>,
): { readonly pass: true; readonly message: () => string } {
  if (this?.isNot === true) {
    throw new CheckError(
      'usage',
      'expect(job).not.toBeExactlyOnce() has no meaning: expect check(job, options) to throw',
    );
  }
  try {
    check(job, options);
  } catch (error) {
    // The line of the test, not this one.
    if (error instanceof CheckError) Error.captureStackTrace(error, toBeExactlyOnce);
    throw error;
  }
  return { pass: true, message: () => 'the job is exactly-once' };
}

expect.extend({ toBeExactlyOnce });

declare module 'vitest' {
  // The names of its parameters are vitest's.
  interface Matchers<T = Untyped> {
    /** See `check` of millrace/testing. */
    toBeExactlyOnce<const I extends CheckInput>(options: CheckOptions<I>): T;
  }
}
