/**
 * Watermark strategies of a source, as data. A watermark t promises that no record with a timestamp <= t follows; each
 * of these promises that records are at most `delayMs` behind the newest one of their split: `maxTimestamp - delayMs - 1`.
 */
import { JobError } from '../errors.ts';
import type { Timestamp } from './functions.ts';
import type { WatermarkSpec } from './spec.ts';

/** How a source derives event time from its records; made by the functions of this file. */
export interface WatermarkStrategy<T> extends WatermarkSpec {
  /** Event time of a record: epoch ms, a safe integer. A function of the record alone. */
  readonly timestamp: (value: T) => Timestamp;
}

interface Delayed<T> {
  /** Event time of a record, in whole milliseconds. */
  readonly timestamp: (value: T) => Timestamp;
  /** How far behind the newest record one may be and still be on time: whole milliseconds >= 0. */
  readonly delayMs: number;
}

/**
 * Records may be up to `delayMs` behind the newest one of their split (Flink: `BoundedOutOfOrdernessWatermarks`). Emits
 * `maxTimestamp - delayMs - 1` every `periodMs` (whole, >= 1) of processing time.
 *
 * @throws JobError on a bad delay or period.
 * @example
 * ```ts
 * const strategy = boundedOutOfOrderness({ timestamp: (event: { at: number }) => event.at, delayMs: 5_000, periodMs: 200 });
 * ```
 */
export function boundedOutOfOrderness<T>(options: Delayed<T> & { readonly periodMs: number }): WatermarkStrategy<T> {
  const { timestamp, delayMs, periodMs } = options;
  requireWhole('boundedOutOfOrderness: delayMs', delayMs, 0);
  requireWhole('boundedOutOfOrderness: periodMs', periodMs, 1);
  return { timestamp, generator: { kind: 'periodic', delayMs, periodMs } };
}

/** The same, emitted after each record instead of periodically: results do not depend on processing time. @throws JobError on a bad delay. */
export function watermarkPerRecord<T>(options: Delayed<T>): WatermarkStrategy<T> {
  const { timestamp, delayMs } = options;
  requireWhole('watermarkPerRecord: delayMs', delayMs, 0);
  return { timestamp, generator: { kind: 'perRecord', delayMs } };
}

/** Event time stands still until the input ends: only the final watermark, MAX, is emitted. */
export function noWatermarks<T>(options: { readonly timestamp: (value: T) => Timestamp }): WatermarkStrategy<T> {
  return { timestamp: options.timestamp, generator: { kind: 'none' } };
}

/** @throws JobError unless `value` is a safe integer >= `least`. */
export function requireWhole(what: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new JobError(`${what} is ${value}; give a whole number >= ${least}`);
}
