/**
 * Firings at the multiples of an interval (Flink: `ContinuousEventTimeTrigger`, `ContinuousProcessingTimeTrigger`; SEMANTICS
 * L11). The next one is in state, `fire-time`; the earliest counts when windows merge, and is capped at the window's end:
 *
 *     every 10, window [0, 25)   element at 3: next at 10, then 20, then 24; nothing after that
 *
 * A merge moves the state of the old windows; their timers stay, and are ignored when they fire.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import { reducingState } from '../../job/states.ts';
import { int64 } from '../../job/types.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from '../../job/window-functions.ts';
import { maxTimestampOf } from '../../time/windows.ts';
import { saturatingAdd } from '../../time/timestamps.ts';

const FIRE_TIME = reducingState('fire-time', int64, (a: number, b: number) => Math.min(a, b));

abstract class Continuous implements Trigger<unknown> {
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  abstract onElement(
    value: unknown,
    timestamp: Timestamp | undefined,
    window: TimeWindow,
    ctx: TriggerContext,
  ): TriggerResult;
  abstract onEventTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult;
  abstract onProcessingTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult;
  protected abstract register(ctx: TriggerContext, timestamp: Timestamp): void;
  protected abstract delete(ctx: TriggerContext, timestamp: Timestamp): void;

  /** From `at` on, unless there is a next firing already. The remainder is that of the dividend: it truncates below 0 too. */
  protected begin(at: Timestamp, window: TimeWindow, ctx: TriggerContext): void {
    if (ctx.getState(FIRE_TIME).get() !== undefined) return;
    this.#next(at - (at % this.#everyMs), window, ctx);
  }

  /** A timer fires: it is the next firing, or one of something else. */
  protected due(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    const state = ctx.getState(FIRE_TIME);
    if (state.get() !== timestamp) return 'continue';
    state.clear();
    if (timestamp < maxTimestampOf(window)) this.#next(timestamp, window, ctx);
    return 'fire';
  }

  onMerge(_window: TimeWindow, ctx: OnMergeContext): void {
    ctx.mergeState(FIRE_TIME);
    const next = ctx.getState(FIRE_TIME).get();
    if (next !== undefined) this.register(ctx, next);
  }

  clear(_window: TimeWindow, ctx: TriggerContext): void {
    const next = ctx.getState(FIRE_TIME).get();
    if (next === undefined) return;
    this.delete(ctx, next);
    ctx.getState(FIRE_TIME).clear();
  }

  #next(from: Timestamp, window: TimeWindow, ctx: TriggerContext): void {
    const next = Math.min(saturatingAdd(from, this.#everyMs), maxTimestampOf(window));
    ctx.getState(FIRE_TIME).add(next);
    this.register(ctx, next);
  }
}

export class ContinuousEventTimeTrigger extends Continuous {
  onElement(_value: unknown, timestamp: Timestamp | undefined, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    const end = maxTimestampOf(window);
    if (end <= ctx.currentWatermark()) return 'fire';
    ctx.registerEventTimeTimer(end);
    if (timestamp !== undefined) this.begin(timestamp, window, ctx);
    return 'continue';
  }
  onEventTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return timestamp === maxTimestampOf(window) ? 'fire' : this.due(timestamp, window, ctx);
  }
  onProcessingTime(): TriggerResult {
    return 'continue';
  }
  protected register(ctx: TriggerContext, timestamp: Timestamp): void {
    ctx.registerEventTimeTimer(timestamp);
  }
  protected delete(ctx: TriggerContext, timestamp: Timestamp): void {
    ctx.deleteEventTimeTimer(timestamp);
  }
}

export class ContinuousProcessingTimeTrigger extends Continuous {
  onElement(_value: unknown, _timestamp: unknown, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    this.begin(ctx.currentProcessingTime(), window, ctx);
    return 'continue';
  }
  onEventTime(): TriggerResult {
    return 'continue';
  }
  onProcessingTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return this.due(timestamp, window, ctx);
  }
  protected register(ctx: TriggerContext, timestamp: Timestamp): void {
    ctx.registerProcessingTimeTimer(timestamp);
  }
  protected delete(ctx: TriggerContext, timestamp: Timestamp): void {
    ctx.deleteProcessingTimeTimer(timestamp);
  }
}
