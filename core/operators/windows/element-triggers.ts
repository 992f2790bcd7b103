/** Triggers that go by the elements alone (Flink: `CountTrigger`, `DeltaTrigger`, `NeverTrigger`; SEMANTICS L11). */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import { reducingState, valueState, type ValueDescriptor } from '../../job/states.ts';
import type { TypeInfo } from '../../job/types.ts';
import { int64 } from '../../job/types.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from '../../job/window-functions.ts';

/** Fires only at elements; at a timer, the one that cleans up, it does nothing. */
export class NeverTrigger implements Trigger<unknown> {
  onElement(
    _value: unknown,
    _timestamp: Timestamp | undefined,
    _window: TimeWindow,
    _ctx: TriggerContext,
  ): TriggerResult {
    return 'continue';
  }
  onEventTime(): TriggerResult {
    return 'continue';
  }
  onProcessingTime(): TriggerResult {
    return 'continue';
  }
  clear(_window: TimeWindow, _ctx: TriggerContext): void {
    // It has neither state nor timers.
  }
}

/** Counts since the last firing. */
const COUNT = reducingState('count', int64, (a: number, b: number) => a + b);

export class CountTrigger extends NeverTrigger {
  readonly #count: number;

  constructor(count: number) {
    super();
    this.#count = count;
  }

  override onElement(_value: unknown, _timestamp: unknown, _window: unknown, ctx: TriggerContext): TriggerResult {
    const state = ctx.getState(COUNT);
    state.add(1);
    if ((state.get() ?? 0) < this.#count) return 'continue';
    state.clear();
    return 'fire';
  }
  onMerge(_window: TimeWindow, ctx: OnMergeContext): void {
    ctx.mergeState(COUNT);
  }
  override clear(_window: TimeWindow, ctx: TriggerContext): void {
    ctx.getState(COUNT).clear();
  }
}

export class DeltaTrigger extends NeverTrigger {
  readonly #threshold: number;
  readonly #delta: (from: unknown, to: unknown) => number;
  /** The element that fired last, or the first one. */
  readonly #last: ValueDescriptor<unknown>;

  constructor(threshold: number, delta: (from: unknown, to: unknown) => number, type: TypeInfo) {
    super();
    this.#threshold = threshold;
    this.#delta = delta;
    this.#last = valueState('last', type);
  }

  override onElement(value: unknown, _timestamp: unknown, _window: unknown, ctx: TriggerContext): TriggerResult {
    const state = ctx.getState(this.#last);
    const last = state.value();
    if (last === undefined) {
      state.update(value);
      return 'continue';
    }
    if (this.#delta(last, value) <= this.#threshold) return 'continue';
    state.update(value);
    return 'fire';
  }
  override clear(_window: TimeWindow, ctx: TriggerContext): void {
    ctx.getState(this.#last).clear();
  }
}
