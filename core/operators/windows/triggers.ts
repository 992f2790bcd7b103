/** The triggers by their specs, and the border to the author's own ones. */
import type { TimeWindow, Timestamp } from '../../job/functions.ts';
import type { TriggerSpec } from '../../job/spec.ts';
import type { OnMergeContext, Trigger, TriggerContext, TriggerResult } from '../../job/window-functions.ts';
import { EngineBug } from '../../errors.ts';
import { createFunction } from '../user-functions.ts';
import type { UserCalls } from '../user-calls.ts';
import { takenDelta } from './delta.ts';
import { called } from './user-call.ts';
import { ContinuousEventTimeTrigger, ContinuousProcessingTimeTrigger } from './continuous-trigger.ts';
import { EarlyAndLateTrigger } from './early-and-late-trigger.ts';
import { CountTrigger, DeltaTrigger, NeverTrigger } from './element-triggers.ts';
import { EventTimeTrigger, ProcessingTimeTrigger } from './end-of-window-trigger.ts';

/** `merges`: the windows merge, so a trigger of the author's has to have `onMerge`. */
export function triggerOf(spec: TriggerSpec, merges: boolean, calls: UserCalls): Trigger<unknown> {
  switch (spec.kind) {
    case 'eventTime':
      return new EventTimeTrigger();
    case 'processingTime':
      return new ProcessingTimeTrigger();
    case 'count':
      return new CountTrigger(spec.count);
    case 'continuous':
      return spec.domain === 'event'
        ? new ContinuousEventTimeTrigger(spec.everyMs)
        : new ContinuousProcessingTimeTrigger(spec.everyMs);
    case 'earlyAndLate':
      return new EarlyAndLateTrigger(spec.everyMs);
    case 'delta': {
      const delta = (from: unknown, to: unknown): number =>
        takenDelta(
          calls,
          called(calls, 'the delta function', undefined, () => spec.delta(from, to)),
        );
      return new DeltaTrigger(spec.threshold, delta, spec.type);
    }
    case 'never':
      return new NeverTrigger();
    case 'purging':
      return new PurgingTrigger(triggerOf(spec.of, merges, calls));
    case 'custom': {
      const methods = ['onElement', 'onEventTime', 'onProcessingTime', 'clear', ...(merges ? ['onMerge'] : [])];
      return new OwnTrigger(createFunction(spec.create, methods, calls), calls);
    }
  }
}

/** Turns a firing into one that removes the contents (Flink: `PurgingTrigger`). */
class PurgingTrigger implements Trigger<unknown> {
  readonly #of: Trigger<unknown>;

  constructor(of: Trigger<unknown>) {
    this.#of = of;
  }

  onElement(value: unknown, timestamp: Timestamp | undefined, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return purging(this.#of.onElement(value, timestamp, window, ctx));
  }
  onEventTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return purging(this.#of.onEventTime(timestamp, window, ctx));
  }
  onProcessingTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return purging(this.#of.onProcessingTime(timestamp, window, ctx));
  }
  onMerge(window: TimeWindow, ctx: OnMergeContext): void {
    this.#of.onMerge?.(window, ctx);
  }
  clear(window: TimeWindow, ctx: TriggerContext): void {
    this.#of.clear(window, ctx);
  }
}

function purging(result: TriggerResult): TriggerResult {
  return result === 'fire' ? 'fireAndPurge' : result;
}

const RESULTS: ReadonlySet<unknown> = new Set<TriggerResult>(['continue', 'fire', 'purge', 'fireAndPurge']);

class OwnTrigger implements Trigger<unknown> {
  readonly #own: Trigger<unknown>;
  readonly #calls: UserCalls;

  constructor(own: Trigger<unknown>, calls: UserCalls) {
    this.#own = own;
    this.#calls = calls;
  }

  onElement(value: unknown, timestamp: Timestamp | undefined, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return this.#asked('onElement', () => this.#own.onElement(value, timestamp, window, ctx));
  }
  onEventTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return this.#asked('onEventTime', () => this.#own.onEventTime(timestamp, window, ctx));
  }
  onProcessingTime(timestamp: Timestamp, window: TimeWindow, ctx: TriggerContext): TriggerResult {
    return this.#asked('onProcessingTime', () => this.#own.onProcessingTime(timestamp, window, ctx));
  }
  onMerge(window: TimeWindow, ctx: OnMergeContext): void {
    if (this.#own.onMerge === undefined) throw new EngineBug('windows merge, and their trigger has no onMerge');
    const result: unknown = called(this.#calls, 'onMerge', undefined, () => this.#own.onMerge?.(window, ctx));
    this.#calls.nothing(result, 'onMerge');
  }
  clear(window: TimeWindow, ctx: TriggerContext): void {
    const result: unknown = called(this.#calls, 'clear', undefined, () => this.#own.clear(window, ctx));
    this.#calls.nothing(result, 'clear');
  }

  #asked(method: string, body: () => TriggerResult): TriggerResult {
    const result: unknown = called(this.#calls, method, undefined, body);
    if (isResult(result)) return result;
    throw this.#calls.refused(result, "'continue', 'fire', 'purge' or 'fireAndPurge'", method);
  }
}

function isResult(result: unknown): result is TriggerResult {
  return RESULTS.has(result);
}
