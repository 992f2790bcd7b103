/** Everything that a job author imports. */
export * from './types.ts';
export * from './functions.ts';
export * from './connectors.ts';
export * from './watermarks.ts';
export * from './windows.ts';
export * from './job.ts';
export * from './connected.ts';
export type * from './spec.ts';
export { JobError } from '../errors.ts';
