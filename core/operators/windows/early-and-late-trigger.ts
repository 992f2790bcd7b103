/**
 * Early firings by the wall clock, one on time at the watermark, and a late one for each late element (SEMANTICS L11, ours).
 * The next early one is in state, `early`; the one on time ends them.
 */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import { reducingState } from '../../job/states.ts';
import { int64 } from '../../job/types.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from '../../job/window-functions.ts';
import { maxTimestampOf } from '../../time/windows.ts';
import { saturatingAdd } from '../../time/timestamps.ts';

const EARLY = reducingState('early', int64, (a: number, b: number) => Math.min(a, b));

export class EarlyAndLateTrigger implements Trigger<unknown> {
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  onElement(_value: unknown, _timestamp: unknown, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    const end = maxTimestampOf(window);
    if (end <= ctx.currentWatermark()) return 'fire';
    ctx.registerEventTimeTimer(end);
    if (ctx.getState(EARLY).get() === undefined) this.#next(ctx.currentProcessingTime(), ctx);
    return 'continue';
  }
  onEventTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    if (timestamp !== maxTimestampOf(window)) return 'continue';
    this.#stop(ctx);
    return 'fire';
  }
  onProcessingTime(timestamp: Timestamp, _window: TimeWindow, ctx: TriggerContext): TriggerResult {
    if (ctx.getState(EARLY).get() !== timestamp) return 'continue';
    ctx.getState(EARLY).clear();
    this.#next(timestamp, ctx);
    return 'fire';
  }
  onMerge(window: TimeWindow, ctx: OnMergeContext): void {
    ctx.mergeState(EARLY);
    const end = maxTimestampOf(window);
    if (end <= ctx.currentWatermark()) return this.#stop(ctx);
    ctx.registerEventTimeTimer(end);
    const next = ctx.getState(EARLY).get();
    if (next !== undefined) ctx.registerProcessingTimeTimer(next);
  }
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.deleteEventTimeTimer(maxTimestampOf(window));
    this.#stop(ctx);
  }

  #next(from: Timestamp, ctx: TriggerContext): void {
    const next = saturatingAdd(from, this.#everyMs);
    ctx.getState(EARLY).add(next);
    ctx.registerProcessingTimeTimer(next);
  }
  #stop(ctx: TriggerContext): void {
    const next = ctx.getState(EARLY).get();
    if (next === undefined) return;
    ctx.deleteProcessingTimeTimer(next);
    ctx.getState(EARLY).clear();
  }
}
