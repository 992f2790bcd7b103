/**
 * Watermark strategies of a source, as data. A watermark t promises that no record with a timestamp <= t follows. How a split
 * comes to its watermark is the generator's business; a source task has the least of its splits.
 *
 *     boundedOutOfOrderness     maxTimestamp - delayMs - 1, every periodMs
 *     monotonousTimestamps      the same without a delay
 *     watermarkPerRecord        maxTimestamp - delayMs - 1, after each record
 *     customWatermarks          what a function of your own says
 *     noWatermarks              none until the input ends
 */
import { JobError } from '../errors.ts';
import type { OutputTag, Timestamp } from './functions.ts';
import type { AlignmentSpec, GeneratorSpec, WatermarkGenerator, WatermarkSpec } from './spec.ts';
import type { TypeInfo } from './types.ts';

/** How a source derives event time from its records; made by the functions of this file. */
export interface WatermarkStrategy<T> extends WatermarkSpec {
  /** Event time of a record: epoch ms, a safe integer. A function of the record alone. */
  readonly timestamp: (value: T) => Timestamp;

  /**
   * A split that has had nothing to read for longer than this no longer holds event time back, and a reader all of whose splits
   * are idle, or that has had none for as long, says so downstream; the next record, or split, ends it (Flink: `withIdleness`). The time runs by the reader's clock, from
   * the first look at which the split was quiet; a reader looks at every period of its generator, without one every half of
   * the timeout. Records of a split that comes back may be late.
   *
   * @param timeoutMs whole milliseconds >= 1.
   * @throws JobError on a bad timeout.
   * @example
   * ```ts
   * const strategy = watermarkPerRecord({ timestamp: (event: { at: number }) => event.at, delayMs: 0 }).withIdleness(5_000);
   * ```
   */
  withIdleness(timeoutMs: number): WatermarkStrategy<T>;

  /**
   * A record whose event time lies more than `maxAheadMs` ahead of the reader's clock goes to the side output and does not
   * count for the watermark: one wrong clock does not make everybody else's records late. Read it with
   * `stream.getSideOutput(output)`. Off unless asked for; Flink has no such bound.
   *
   * @param options.maxAheadMs whole milliseconds >= 0.
   * @throws JobError on a bad bound.
   * @example
   * ```ts
   * const event = record({ at: int64 });
   * const ahead = outputTag('ahead', event);
   * const strategy = boundedOutOfOrderness({ timestamp: (e: TypeOf<typeof event>) => e.at, delayMs: 5_000, periodMs: 200 })
   *   .withFutureBound({ maxAheadMs: 60_000, output: ahead });
   * ```
   */
  withFutureBound(options: { readonly maxAheadMs: number; readonly output: OutputTag<T> }): WatermarkStrategy<T>;

  /**
   * Sources of one group keep step: a split whose watermark is more than `maxDriftMs` ahead of the least one of the group is not
   * read until the others have caught up, so that windows and joins behind them need not hold what the fast ones have read ahead
   * (Flink: `withWatermarkAlignment`). Readers that are idle, have no watermark yet or have ended hold nobody back. What a reader knows of
   * the others is up to `updateIntervalMs` old, and it reads on for so long.
   *
   * @param options.group any name; sources that give the same one are a group.
   * @param options.maxDriftMs whole milliseconds of event time >= 0.
   * @param options.updateIntervalMs whole milliseconds >= 1; 1,000 by default.
   * @throws JobError on a bad number or an empty name.
   */
  withAlignment(options: {
    readonly group: string;
    readonly maxDriftMs: number;
    readonly updateIntervalMs?: number;
  }): WatermarkStrategy<T>;
}

/** As in Flink. */
const UPDATE_INTERVAL_MS = 1_000;

/** Plain data with methods that give more of it: the fields are those of the spec. */
class Strategy<T> implements WatermarkStrategy<T> {
  readonly timestamp: (value: T) => Timestamp;
  readonly generator: GeneratorSpec;
  declare readonly idleTimeoutMs?: number;
  declare readonly futureBound?: NonNullable<WatermarkSpec['futureBound']>;
  declare readonly alignment?: AlignmentSpec;

  constructor(spec: {
    readonly timestamp: (value: T) => Timestamp;
    readonly generator: GeneratorSpec;
    readonly idleTimeoutMs?: number | undefined;
    readonly futureBound?: WatermarkSpec['futureBound'];
    readonly alignment?: AlignmentSpec | undefined;
  }) {
    this.timestamp = spec.timestamp;
    this.generator = spec.generator;
    if (spec.idleTimeoutMs !== undefined) this.idleTimeoutMs = spec.idleTimeoutMs;
    if (spec.futureBound !== undefined) this.futureBound = spec.futureBound;
    if (spec.alignment !== undefined) this.alignment = spec.alignment;
  }

  withIdleness(timeoutMs: number): WatermarkStrategy<T> {
    requireWhole('withIdleness: timeoutMs', timeoutMs, 1);
    const { timestamp, generator, futureBound, alignment } = this;
    return new Strategy({ timestamp, generator, futureBound, alignment, idleTimeoutMs: timeoutMs });
  }

  withFutureBound(bound: { readonly maxAheadMs: number; readonly output: OutputTag<T> }): WatermarkStrategy<T> {
    requireWhole('withFutureBound: maxAheadMs', bound.maxAheadMs, 0);
    const { timestamp, generator, idleTimeoutMs, alignment } = this;
    return new Strategy({ timestamp, generator, idleTimeoutMs, alignment, futureBound: bound });
  }

  withAlignment(options: {
    readonly group: string;
    readonly maxDriftMs: number;
    readonly updateIntervalMs?: number;
  }): WatermarkStrategy<T> {
    const { group, maxDriftMs, updateIntervalMs = UPDATE_INTERVAL_MS } = options;
    if (group === '') throw new JobError('withAlignment: group is empty; give the sources of a group one name');
    requireWhole('withAlignment: maxDriftMs', maxDriftMs, 0);
    requireWhole('withAlignment: updateIntervalMs', updateIntervalMs, 1);
    const { timestamp, generator, idleTimeoutMs, futureBound } = this;
    const alignment = { group, maxDriftMs, updateIntervalMs };
    return new Strategy({ timestamp, generator, idleTimeoutMs, futureBound, alignment });
  }
}

/** The side outputs that a source with this strategy has. @internal */
export function sideOutputsOf(strategy: WatermarkSpec | undefined): readonly OutputTag[] {
  return strategy?.futureBound === undefined ? [] : [strategy.futureBound.output];
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
  return new Strategy({ timestamp, generator: { kind: 'periodic', delayMs, periodMs } });
}

/**
 * Event time never falls within a split (Flink: `forMonotonousTimestamps`): emits `maxTimestamp - 1` every `periodMs` (whole,
 * >= 1) of processing time. A record behind an earlier one of its split may be late.
 *
 * @throws JobError on a bad period.
 */
export function monotonousTimestamps<T>(options: {
  readonly timestamp: (value: T) => Timestamp;
  readonly periodMs: number;
}): WatermarkStrategy<T> {
  const { timestamp, periodMs } = options;
  requireWhole('monotonousTimestamps: periodMs', periodMs, 1);
  return new Strategy({ timestamp, generator: { kind: 'periodic', delayMs: 0, periodMs } });
}

/** The same as `boundedOutOfOrderness`, emitted after each record instead of periodically: results do not depend on processing time. @throws JobError on a bad delay. */
export function watermarkPerRecord<T>(options: Delayed<T>): WatermarkStrategy<T> {
  const { timestamp, delayMs } = options;
  requireWhole('watermarkPerRecord: delayMs', delayMs, 0);
  return new Strategy({ timestamp, generator: { kind: 'perRecord', delayMs } });
}

/**
 * A generator of your own, one state for each split (Flink: `WatermarkStrategy.forGenerator`).
 *
 * @param options.stateType of what the generator remembers of a split: it is part of every checkpoint.
 * @param options.periodMs the watermark is asked for every so many milliseconds (whole, >= 1); without it after each record.
 * @throws JobError on a bad period.
 * @example
 * ```ts
 * // Some records are marks: everything up to them has come.
 * const strategy = customWatermarks({
 *   timestamp: (event: { at: number; mark: boolean }) => event.at,
 *   stateType: nullable(int64),
 *   generator: {
 *     createState: () => null,
 *     onRecord: (last: number | null, { mark }, at) => (mark ? at : last),
 *     watermark: (last) => last ?? undefined,
 *   },
 * });
 * ```
 */
export function customWatermarks<T, S>(options: {
  readonly timestamp: (value: T) => Timestamp;
  readonly generator: WatermarkGenerator<T, S>;
  readonly stateType: TypeInfo<S>;
  readonly periodMs?: number;
}): WatermarkStrategy<T> {
  const { timestamp, generator: fn, stateType, periodMs = 0 } = options;
  if (options.periodMs !== undefined) requireWhole('customWatermarks: periodMs', periodMs, 1);
  return new Strategy({ timestamp, generator: { kind: 'custom', fn, stateType, periodMs } });
}

/** Event time stands still until the input ends: only the final watermark, MAX, is emitted. */
export function noWatermarks<T>(options: { readonly timestamp: (value: T) => Timestamp }): WatermarkStrategy<T> {
  return new Strategy({ timestamp: options.timestamp, generator: { kind: 'none' } });
}

/** @throws JobError unless `value` is a safe integer >= `least`. */
export function requireWhole(what: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new JobError(`${what} is ${value}; give a whole number >= ${least}`);
}
