/**
 * Windows of a keyed stream (SEMANTICS L1 to L14; Flink: `WindowOperator`, `EvictingWindowOperator`).
 *
 *     element   for each of its windows, the merged one if windows merge:
 *                 late: skip it, else  contents + element;  trigger.onElement;  fire, purge;  register the clean-up timer
 *               no window took it: late output or dropped if it is late itself, else unassigned
 *     timer     of a window that is no more: nothing
 *               else  trigger.onEventTime or onProcessingTime;  fire, purge;  everything is cleared at the clean-up time
 *
 * State, under the names of `core/job/spec.ts`: contents, what triggers and functions remember, and which windows are live if
 * they merge. Timers: those of triggers, and the clean-up timer, which is there unless the clean-up time is MAX (the state then
 * lives until the job ends). Both have the window as namespace.
 *
 * Its parts: what an element belongs to (`assign.ts`), merging (`merging-windows.ts`), contents with folds and evictors
 * (`contents.ts`), triggers (`triggers.ts`), and what becomes of a pane (`pane-output.ts`).
 */
import type { OpenContext, TimeWindow, Timestamp } from '../../job/functions.ts';
import type { WindowSpec } from '../../job/spec.ts';
import type { Trigger, TriggerResult } from '../../job/window-functions.ts';
import { MAX_TIMESTAMP } from '../../job/functions.ts';
import { assert } from '../../errors.ts';
import type { TimerEntry } from '../../state/backend.ts';
import { TurnScope } from '../../state/turn-scope.ts';
import { cleanupTime, isElementLate, isWindowLate, maxTimestampOf } from '../../time/windows.ts';
import type { KeyedOperator, OperatorHost } from '../operator.ts';
import { type Assign, assignerOf } from './assign.ts';
import { type Contents, contentsOf } from './contents.ts';
import { type Join, MergingWindows } from './merging-windows.ts';
import { type PaneOutput, paneOutputOf } from './pane-output.ts';
import { triggerOf } from './triggers.ts';
import { PaneTriggerContext } from './trigger-context.ts';

/** What made the trigger speak. */
type By = 'element' | 'event' | 'processing';

export class WindowOperator implements KeyedOperator {
  readonly #spec: WindowSpec;
  readonly #host: OperatorHost;
  readonly #isEventTime: boolean;
  readonly #assign: Assign;
  readonly #contents: Contents;
  /** Undefined: the windows do not merge. */
  readonly #merging: MergingWindows | undefined;
  /** Of the element, or timer, that the operator is at: the wall clock stands still in it. */
  readonly #scope: TurnScope;
  readonly #context: PaneTriggerContext;
  readonly #output: PaneOutput;
  #trigger: Trigger<unknown> | undefined;

  constructor(spec: WindowSpec, host: OperatorHost) {
    const { assigner } = spec;
    const merges = assigner.kind === 'session' || (assigner.kind === 'custom' && assigner.merges);
    this.#spec = spec;
    this.#host = host;
    this.#isEventTime = assigner.kind !== 'global' && assigner.domain === 'event';
    this.#assign = assignerOf(assigner, host.calls);
    this.#contents = contentsOf(spec, host);
    this.#merging = merges ? new MergingWindows(host.backend) : undefined;
    this.#scope = new TurnScope(host.calls.user, () => host.now());
    this.#context = new PaneTriggerContext(host, this.#scope);
    this.#output = paneOutputOf(spec, merges, host, this.#scope);
  }

  open(ctx: OpenContext): void {
    this.#trigger = triggerOf(this.#spec.trigger, this.#merging !== undefined, this.#host.calls);
    this.#output.open(ctx);
  }

  close(): void {
    this.#scope.atNoKey();
    this.#output.close();
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    this.#scope.atKey();
    const watermark = this.#host.effectiveWatermark();
    let taken = false;
    for (const own of this.#assign(value, this.#timeOf(timestamp))) {
      const join = this.#merging?.join(own) ?? { window: own, state: own, merged: [] };
      if (this.#isLate(join.window, watermark)) this.#skip(join.window, watermark);
      else {
        taken = true;
        this.#merge(join);
        this.#add(join, value, timestamp, this.#isLate(own, watermark), watermark);
      }
    }
    if (!taken) this.#untaken(value, timestamp, watermark);
  }

  onEventTimer(timer: TimerEntry): void {
    this.#onTimer(timer, 'event');
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.#onTimer(timer, 'processing');
  }

  #onTimer({ timestamp, key, namespace: window }: TimerEntry, domain: 'event' | 'processing'): void {
    assert(window !== undefined, () => `window operator ${this.#host.task.vertex}: a timer without a window`);
    this.#scope.atKey();
    this.#host.calls.user.atTimer(domain, timestamp, key);
    const state = this.#merging === undefined ? window : this.#merging.stateOf(window);
    if (state === undefined) return;
    const trigger = this.#at(window);
    const result =
      domain === 'event'
        ? trigger.onEventTime(timestamp, window, this.#context)
        : trigger.onProcessingTime(timestamp, window, this.#context);
    this.#obey(result, window, state, domain);
    if ((domain === 'event') === this.#isEventTime && timestamp === this.#cleanupTime(window)) {
      this.#clear(window, state, timestamp);
    }
  }

  // ---- an element and one of its windows

  /** By which its windows are found: global windows ask for none. */
  #timeOf(timestamp: Timestamp | undefined): Timestamp {
    const { assigner } = this.#spec;
    if (assigner.kind === 'global') return 0;
    if (!this.#isEventTime) return this.#scope.now();
    if (timestamp !== undefined) return timestamp;
    const { calls } = this.#host;
    throw calls.user.fault(
      'no-timestamp',
      'the window got a record without a timestamp, such as one that was emitted by a processing-time timer: event-time windows need one',
      calls.uid,
    );
  }

  /** Windows merge: the trigger hears of it, the old windows go, and their contents move. */
  #merge(join: Join): void {
    if (this.#merging === undefined) return;
    const { window, state, merged } = join;
    this.#merging.keep(join);
    if (merged.length === 0) return;
    const old = merged.map((live) => live.window);
    const { task, probe, backend } = this.#host;
    probe.windowsMerged?.({ task, key: backend.currentKey, into: window, merged: old });
    const trigger = this.#at(window);
    this.#context.merged = old;
    trigger.onMerge?.(window, this.#context);
    for (const one of old) {
      this.#at(one).clear(one, this.#context);
      this.#deleteCleanup(one);
    }
    for (const one of merged) if (one.state !== state) this.#contents.merge(state, one.state);
  }

  #add(
    { window, state }: Join,
    value: unknown,
    timestamp: Timestamp | undefined,
    rescued: boolean,
    watermark: Timestamp,
  ): void {
    const { task, probe, backend } = this.#host;
    this.#contents.add(state, value, timestamp);
    const closesAt = this.#cleanupTime(window);
    probe.windowAdded?.({ task, key: backend.currentKey, window, watermark, closesAt, rescued });
    const trigger = this.#at(window);
    this.#obey(trigger.onElement(value, timestamp, window, this.#context), window, state, 'element');
    this.#context.window = window;
    if (closesAt === MAX_TIMESTAMP) return;
    if (this.#isEventTime) this.#context.registerEventTimeTimer(closesAt);
    else this.#context.registerProcessingTimeTimer(closesAt);
  }

  #skip(window: TimeWindow, watermark: Timestamp): void {
    const { task, probe, backend } = this.#host;
    const closedAt = this.#cleanupTime(window);
    probe.windowSkipped?.({ task, key: backend.currentKey, window, watermark, closedAt });
  }

  /** Every window was late, or there was none. */
  #untaken(value: unknown, timestamp: Timestamp | undefined, watermark: Timestamp): void {
    const { lateTag, allowedLatenessMs } = this.#spec;
    const { task, probe, backend } = this.#host;
    const key = backend.currentKey;
    if (!this.#isEventTime || timestamp === undefined || !isElementLate(timestamp, allowedLatenessMs, watermark)) {
      probe.recordUnassigned?.({ task, key, timestamp, watermark });
      return;
    }
    const output = lateTag === undefined ? 'dropped' : 'late-output';
    probe.recordLate?.({ task, key, timestamp, watermark, output });
    if (lateTag !== undefined) this.#host.emitSide(lateTag, value, timestamp);
  }

  // ---- a pane

  #obey(result: TriggerResult, window: TimeWindow, state: TimeWindow, by: By): void {
    const purges = result === 'purge' || result === 'fireAndPurge';
    if (result !== 'continue' && result !== 'purge' && this.#contents.has(state)) {
      const { task, probe, backend } = this.#host;
      const watermark = this.#host.effectiveWatermark();
      probe.paneFired?.({ task, key: backend.currentKey, window, watermark, by, purges });
      this.#contents.fire(window, state, (value) => this.#output.emit(window, value));
    }
    if (purges) this.#contents.remove(state);
  }

  #clear(window: TimeWindow, state: TimeWindow, at: Timestamp): void {
    this.#contents.remove(state);
    this.#at(window).clear(window, this.#context);
    this.#output.clear(window);
    this.#merging?.retire(window);
    const { task, probe, backend } = this.#host;
    const watermark = this.#host.effectiveWatermark();
    probe.windowCleared?.({ task, key: backend.currentKey, window, watermark, at });
  }

  /** The trigger, to be asked about this window. */
  #at(window: TimeWindow): Trigger<unknown> {
    assert(this.#trigger !== undefined, () => `window operator ${this.#host.task.vertex} is used before it is open`);
    this.#context.window = window;
    return this.#trigger;
  }

  // ---- the clean-up time

  #isLate(window: TimeWindow, watermark: Timestamp): boolean {
    return this.#isEventTime && isWindowLate(window, this.#spec.allowedLatenessMs, watermark);
  }

  #cleanupTime(window: TimeWindow): Timestamp {
    return this.#isEventTime ? cleanupTime(window, this.#spec.allowedLatenessMs) : maxTimestampOf(window);
  }

  #deleteCleanup(window: TimeWindow): void {
    this.#context.window = window;
    if (this.#isEventTime) this.#context.deleteEventTimeTimer(this.#cleanupTime(window));
    else this.#context.deleteProcessingTimeTimer(this.#cleanupTime(window));
  }
}
