/**
 * What a job author writes for windows beside folds: window functions, and triggers of their own. Types only.
 *
 * Within one call all readings of the processing-time clock are one: an element, or a timer, happens at one moment.
 */
import type { Collector, OpenContext, OutputTag, StateAccess, TimeWindow, Timestamp } from './functions.ts';
import type { StateDescriptor } from './states.ts';

/** What a window function sees of the pane that fires. It is of use only during the call. */
export interface ProcessWindowContext<K = unknown> {
  /** Key of the pane. */
  readonly currentKey: K;
  /** Window of the pane. */
  readonly window: TimeWindow;
  /** The effective watermark of the key (SEMANTICS W1). */
  currentWatermark(): Timestamp;
  /** Wall clock of the task's host, ms; recorded, so that a re-execution reads the same. */
  currentProcessingTime(): Timestamp;
  /**
   * State of this key and window; remove it in `clear`. It holds no maps and has no time to live, and a window that may merge with
   * others has none: all of that is a fault of the job.
   */
  readonly windowState: StateAccess;
  /** State of this key, shared by all its windows. Nobody removes it, nor has it a time to live: that is a fault of the job. */
  readonly globalState: StateAccess;
  /** Emits on a side output, with the timestamp of the pane: the window's end - 1. The operator must declare the tag. */
  output<T>(tag: OutputTag<T>, value: T): void;
  /** A whole number in [0, n), recorded as part of the turn. */
  random(n: number): number;
}

/**
 * Called with each pane that fires. `I`: the elements of the pane; behind a reduction or an aggregation, its result alone.
 *
 * @example
 * ```ts
 * const median: ProcessWindowFunction<string, number, number> = {
 *   process(elements, _ctx, out) {
 *     const sorted = [...elements].sort((a, b) => a - b);
 *     const middle = sorted[sorted.length >> 1];
 *     if (middle !== undefined) out.collect(middle);
 *   },
 * };
 * ```
 */
export interface ProcessWindowFunction<K, I, O> {
  /** Called once per function object, before anything else. */
  open?(ctx: OpenContext): void;
  /** Called for each firing. What it collects has the timestamp of the pane: the window's end - 1. */
  process(elements: readonly I[], ctx: ProcessWindowContext<K>, out: Collector<O>): void;
  /** Called once when the window is cleaned up: the place to remove what `windowState` holds. */
  clear?(ctx: ProcessWindowContext<K>): void;
  /** Called when the task ends, also after a failure. */
  close?(): void;
}

// ---- triggers

/** What happens to a pane: it is emitted (`fire`), its contents are removed (`purge`), both, or nothing. */
export type TriggerResult = 'continue' | 'fire' | 'purge' | 'fireAndPurge';

/** What a trigger sees and may do. State and timers are those of the key and the window. */
export interface TriggerContext extends StateAccess {
  /** The effective watermark of the key (SEMANTICS W1). */
  currentWatermark(): Timestamp;
  /** Wall clock of the task's host, ms; recorded, so that a re-execution reads the same. */
  currentProcessingTime(): Timestamp;
  /** Calls `onEventTime` once the watermark has reached `timestamp`; registering twice is once. */
  registerEventTimeTimer(timestamp: Timestamp): void;
  /** Calls `onProcessingTime` once the clock is past `timestamp`; registering twice is once. */
  registerProcessingTimeTimer(timestamp: Timestamp): void;
  /** Deletes the timer, if there is one. */
  deleteEventTimeTimer(timestamp: Timestamp): void;
  /** Deletes the timer, if there is one. */
  deleteProcessingTimeTimer(timestamp: Timestamp): void;
}
/** What it sees when windows merge. */
export interface OnMergeContext extends TriggerContext {
  /** Moves what the merged windows hold in this state, a list, reducing or aggregating one, to the new window, in order of start. */
  mergeState(descriptor: StateDescriptor): void;
}

/**
 * Decides when a pane is emitted, and when its contents go. What it remembers is in its state (`ctx.getState`; no maps, no time to live).
 *
 * @example
 * ```ts
 * const seen = reducingState('seen', int64, (a: number, b: number) => a + b);
 * // Fires at every second element, and at the end of the window.
 * const everySecond: Trigger<string> = {
 *   onElement(_value, _timestamp, window, ctx) {
 *     ctx.registerEventTimeTimer(window.end - 1);
 *     ctx.getState(seen).add(1);
 *     return (ctx.getState(seen).get() ?? 0) % 2 === 0 ? 'fire' : 'continue';
 *   },
 *   onEventTime: (timestamp, window) => (timestamp === window.end - 1 ? 'fire' : 'continue'),
 *   onProcessingTime: () => 'continue',
 *   onMerge: (_window, ctx) => ctx.mergeState(seen),
 *   clear: (_window, ctx) => ctx.getState(seen).clear(),
 * };
 * ```
 */
export interface Trigger<T> {
  /** Called for each element that was added to the window. */
  onElement(value: T, timestamp: Timestamp | undefined, window: TimeWindow, ctx: TriggerContext): TriggerResult;
  /** Called for each event-time timer of the window: the trigger's, and the one that cleans the window up. */
  onEventTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult;
  /** Called for each processing-time timer of the window. */
  onProcessingTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult;
  /** Called when windows have merged into this one, before the old ones are cleared. Windows that merge need it. */
  onMerge?(window: TimeWindow, ctx: OnMergeContext): void;
  /** Called once for each window that is cleaned up or merged away: removes state and timers. */
  clear(window: TimeWindow, ctx: TriggerContext): void;
}
