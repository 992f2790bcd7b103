/** One firing at the window's end, by either clock (Flink: `EventTimeTrigger`, `ProcessingTimeTrigger`; SEMANTICS L5, L6, L13). */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { Trigger, TriggerContext, TriggerResult } from '../../job/window-functions.ts';
import { maxTimestampOf } from '../../time/windows.ts';

export class EventTimeTrigger implements Trigger<unknown> {
  onElement(_value: unknown, _timestamp: unknown, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    const end = maxTimestampOf(window);
    if (end <= ctx.currentWatermark()) return 'fire';
    ctx.registerEventTimeTimer(end);
    return 'continue';
  }
  onEventTime(timestamp: Timestamp, window: TimeWindow): TriggerResult {
    return timestamp === maxTimestampOf(window) ? 'fire' : 'continue';
  }
  onProcessingTime(): TriggerResult {
    return 'continue';
  }
  onMerge(window: TimeWindow, ctx: TriggerContext): void {
    const end = maxTimestampOf(window);
    if (end > ctx.currentWatermark()) ctx.registerEventTimeTimer(end);
  }
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.deleteEventTimeTimer(maxTimestampOf(window));
  }
}

export class ProcessingTimeTrigger implements Trigger<unknown> {
  onElement(_value: unknown, _timestamp: unknown, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    ctx.registerProcessingTimeTimer(maxTimestampOf(window));
    return 'continue';
  }
  onEventTime(): TriggerResult {
    return 'continue';
  }
  onProcessingTime(timestamp: Timestamp, window: TimeWindow): TriggerResult {
    return timestamp === maxTimestampOf(window) ? 'fire' : 'continue';
  }
  /** Also of a merge that comes too late by the clock: the timer fires next. */
  onMerge(window: TimeWindow, ctx: TriggerContext): void {
    ctx.registerProcessingTimeTimer(maxTimestampOf(window));
  }
  clear(window: TimeWindow, ctx: TriggerContext): void {
    ctx.deleteProcessingTimeTimer(maxTimestampOf(window));
  }
}
