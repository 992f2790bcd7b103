/** Where a job's records come from and where they go, as data. What a connector does is `core/connectors`' business. */
import type { LogSinkSpec, LogSourceSpec } from './spec.ts';
import type { TypeInfo } from './types.ts';

/** A topic as a source; made by `logSource`. */
export interface LogSource<T> extends LogSourceSpec {
  /** Of the records. */
  readonly type: TypeInfo<T>;
}
/** A topic as a sink; made by `logSink`. */
export interface LogSink<T> extends LogSinkSpec {
  /** Of the records. */
  readonly type: TypeInfo<T>;
}

/**
 * Reads a topic of the log broker, one split per partition.
 *
 * @param options.bounded ends at the partitions' end offsets (the default); otherwise the job runs until it is stopped.
 */
export function logSource<T>(options: {
  readonly topic: string;
  readonly type: TypeInfo<T>;
  readonly bounded?: boolean;
}): LogSource<T> {
  return { kind: 'log', topic: options.topic, type: options.type, bounded: options.bounded ?? true };
}

/** Writes to a topic of the log broker, exactly once: in transactions that are committed with the checkpoints. */
export function logSink<T>(options: { readonly topic: string; readonly type: TypeInfo<T> }): LogSink<T> {
  return { kind: 'log', topic: options.topic, type: options.type, delivery: 'exactly-once' };
}
