/**
 * A window operator as data: assigner, trigger, evictor, and how a pane becomes output. Types only (the model may import
 * this file). Author's functions are written as methods, so that one of any argument type is accepted (see `Erased`).
 */
import type { AggregateFunction } from './aggregation.ts';
import type { TimeWindow, Timestamp, WindowResult } from './functions.ts';
import type { TypeInfo } from './types.ts';
import type { ProcessWindowFunction, Trigger } from './window-functions.ts';

/** The clock that a window, a timer or a trigger goes by. */
export type TimeDomain = 'event' | 'processing';

/** Decides which windows an element belongs to. Times in milliseconds. */
export type AssignerSpec =
  | { readonly kind: 'tumbling'; readonly domain: TimeDomain; readonly sizeMs: number; readonly offsetMs: number }
  | {
      readonly kind: 'sliding';
      readonly domain: TimeDomain;
      readonly sizeMs: number;
      readonly slideMs: number;
      readonly offsetMs: number;
    }
  /** `[time, time + gap)`; windows that overlap or touch merge. */
  | {
      readonly kind: 'session';
      readonly domain: TimeDomain;
      readonly gap: number | { call(value: unknown): number }['call'];
    }
  /** One window for all of a key, `[MIN_TIMESTAMP, MAX_TIMESTAMP)`: never late, never cleaned up. */
  | { readonly kind: 'global' }
  | {
      readonly kind: 'custom';
      readonly domain: TimeDomain;
      /** Windows of one key that overlap or touch merge. */
      readonly merges: boolean;
      readonly assign: { call(value: unknown, time: Timestamp): readonly TimeWindow[] }['call'];
    };

/** Decides when a pane fires. */
export type TriggerSpec =
  | { readonly kind: 'eventTime' }
  | { readonly kind: 'processingTime' }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'continuous'; readonly domain: TimeDomain; readonly everyMs: number }
  | { readonly kind: 'earlyAndLate'; readonly everyMs: number }
  | { readonly kind: 'delta'; readonly threshold: number; readonly delta: Delta; readonly type: TypeInfo }
  | { readonly kind: 'never' }
  | { readonly kind: 'purging'; readonly of: TriggerSpec }
  | { readonly kind: 'custom'; readonly create: () => Trigger<unknown> };

/** How far the second element is from the first. */
export type Delta = { call(from: unknown, to: unknown): number }['call'];

/** Takes elements out of a pane when it fires, before or after the function has seen it. */
export type EvictorSpec = { readonly when: 'before' | 'after' } & (
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'time'; readonly sizeMs: number }
  | { readonly kind: 'delta'; readonly threshold: number; readonly delta: Delta }
);

/** Groups the elements of each key into windows and makes something of each pane that fires. */
export interface WindowSpec {
  /** Tells the kinds of operator apart. */
  readonly kind: 'window';
  /** Decides which windows an element belongs to. */
  readonly assigner: AssignerSpec;
  /** Decides when a pane fires. */
  readonly trigger: TriggerSpec;
  /** Takes elements out of a pane when it fires; with one, the contents are the elements themselves. */
  readonly evictor: EvictorSpec | undefined;
  /** How long after its end a window still takes elements, in event time. */
  readonly allowedLatenessMs: number;
  /** Where late elements go; undefined: they are dropped and counted. */
  readonly lateTag: string | undefined;
  /** How the elements of a window become one value; `list`: they stay as they are, in order of arrival. */
  readonly fold:
    | { readonly kind: 'reduce'; readonly fn: { call(a: unknown, b: unknown): unknown }['call'] }
    | { readonly kind: 'aggregate'; readonly fn: AggregateFunction<unknown, unknown, unknown> }
    | { readonly kind: 'list' };
  /**
   * Type of what is kept for a window: the accumulator, the reduced value, the list of elements; with an evictor a list of
   * (timestamp or null, element).
   */
  readonly accumulatorType: TypeInfo;
  /** Makes the output value of a pane; undefined: the result itself. The output's timestamp is the window's end - 1. */
  readonly emit: { call(pane: WindowResult<unknown, unknown>): unknown }['call'] | undefined;
  /** Makes the output of a pane instead; undefined: see `emit`. With `list` it is there. */
  readonly create: (() => ProcessWindowFunction<unknown, unknown, unknown>) | undefined;
}
