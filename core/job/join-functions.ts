/** What a job author writes for joins. Types only. */
import type { Collector, OpenContext, OutputTag, Timestamp } from './functions.ts';

/** What a join function sees of a pair. It is of use only during the call. */
export interface JoinContext {
  /** Event time of the left element. */
  readonly leftTimestamp: Timestamp;
  /** Event time of the right element. */
  readonly rightTimestamp: Timestamp;
  /** The larger of the two: the timestamp of what is emitted. */
  readonly timestamp: Timestamp;
  /** Emits on a side output, with the timestamp of the pair. The operator must declare the tag. */
  output<T>(tag: OutputTag<T>, value: T): void;
  /** A whole number in [0, n), recorded as part of the turn. */
  random(n: number): number;
}

/**
 * Called with each pair of an interval join, once: when the second of its elements comes. Pairs of one element come in order
 * of the partners' timestamps, of one timestamp in order of their arrival.
 *
 * @example
 * ```ts
 * const delay: ProcessJoinFunction<string, string, string> = {
 *   processElement(order, payment, ctx, out) {
 *     out.collect(`${order} was paid by ${payment} after ${ctx.rightTimestamp - ctx.leftTimestamp} ms`);
 *   },
 * };
 * ```
 */
export interface ProcessJoinFunction<L, R, O> {
  /** Called once per function object, before anything else. */
  open?(ctx: OpenContext): void;
  /** Called for each pair. What it throws fails the task. */
  processElement(left: L, right: R, ctx: JoinContext, out: Collector<O>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}
