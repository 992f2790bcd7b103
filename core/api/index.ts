/** Everything that a job author imports. */
export * from '../job/types.ts';
export type * from '../job/aggregation.ts';
export * from '../job/functions.ts';
export type { StateOptions, StateTtl } from '../job/state-ttl.ts';
export * from '../job/states.ts';
export {
  boundedOutOfOrderness,
  customWatermarks,
  monotonousTimestamps,
  noWatermarks,
  watermarkPerRecord,
  type WatermarkStrategy,
} from '../job/watermarks.ts';
export * from '../job/operator-states.ts';
export * from '../job/windows.ts';
export * from '../job/triggers.ts';
export type * from '../job/window-functions.ts';
export type * from '../job/join-functions.ts';
export type * from '../job/async-functions.ts';
export * from './job.ts';
export { type AsyncWaitOptions, externalService } from './async-settings.ts';
export { Operator, type ProcessOptions } from './operator.ts';
export * from './broadcast-stream.ts';
export * from './streams.ts';
export type { CoGroupFunction, EqualTo, PaneOf, Windowed } from './join-settings.ts';
export type * from '../job/spec.ts';
export * from '../connectors/connector.ts';
export type * from '../connectors/source.ts';
export * from '../connectors/list-enumerator.ts';
export type * from '../connectors/sink.ts';
export * from '../connectors/log/log-source.ts';
export * from '../connectors/log/log-sink.ts';
export * from '../connectors/log/at-least-once-sink.ts';
export * from '../connectors/file/file-source.ts';
export * from '../connectors/file/file-sink.ts';
export * from '../connectors/upsert/upsert-sink.ts';
/** What a connector waits with. */
export { type Coroutine, Deferred, type Pending, type Scope, settled } from '../waiting.ts';
export { IoError, JobError } from '../errors.ts';
