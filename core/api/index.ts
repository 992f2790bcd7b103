/** Everything that a job author imports. */
export * from '../job/types.ts';
export * from '../job/functions.ts';
export * from '../job/connectors.ts';
export * from '../job/watermarks.ts';
export * from '../job/windows.ts';
export * from './job.ts';
export * from './streams.ts';
export type * from '../job/spec.ts';
export { JobError } from '../errors.ts';
