/** `millrace/testing`: a job under test. */
export { check } from './cli/node/check/check.ts';
export { CheckError, type CheckProblem } from './properties/check/errors.ts';
export type { CheckInput, CheckInvariant, CheckOptions, InputValues, Records, TopicInput } from './properties/check/options.ts';
export type { CheckResult } from './properties/check/tally.ts';
export type { LateRecord } from './properties/plan/expects.ts';
