/**
 * Tumbling event-time windows with the default event-time trigger, allowed lateness and a late output (SEMANTICS
 * L1 to L5; Flink: `WindowOperator`, `EventTimeTrigger`).
 *
 *     element   window late: late output or dropped
 *               else fold it into the contents; if the watermark has passed the window already (an element within
 *               lateness), fire at once, else register the firing timer at maxTimestamp; register the cleanup timer
 *     timer     at maxTimestamp: fire;  at cleanupTime: clear the contents;  both at once if the lateness is 0
 *
 * State: the value state `window-contents` with the window as namespace. Timers: { maxTimestamp, cleanupTime } with the
 * window as namespace, cleanupTime not if it is MAX (the state then lives until the job ends).
 *
 * A pane fires on its contents as they are: within lateness it fires again with each element. The trigger keeps no
 * state and its timer has fired by the time of the cleanup, so the cleanup has the contents only to clear.
 *
 * Left out: other assigners and triggers, merging windows, evictors, processing time.
 */
import type { OpenContext, TimeWindow, Timestamp } from '../../job/functions.ts';
import type { WindowSpec } from '../../job/spec.ts';
import { MAX_TIMESTAMP } from '../../job/functions.ts';
import { assert, EngineBug } from '../../errors.ts';
import type { KeyedTable, TimerEntry, TimerQueue } from '../../state/backend.ts';
import { cleanupTime, isElementLate, isWindowLate, maxTimestampOf, windowsOf } from '../../time/tumbling.ts';
import type { KeyedOperator, OperatorHost } from '../operator.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { takerOf } from '../../values/taker.ts';
import type { UserCalls } from '../user-calls.ts';

export class WindowOperator implements KeyedOperator {
  readonly #spec: WindowSpec;
  readonly #host: OperatorHost;
  readonly #fold: Fold;
  readonly #contents: KeyedTable<unknown>;
  readonly #timers: TimerQueue;

  constructor(spec: WindowSpec, host: OperatorHost) {
    this.#spec = spec;
    this.#host = host;
    this.#fold = foldOf(spec, host.calls);
    this.#contents = host.backend.table<unknown>('window-contents', spec.accumulatorType);
    this.#timers = host.backend.timers('event');
  }

  open(_ctx: OpenContext): void {
    // The operator has nothing to open: folds are functions without a life cycle.
  }

  close(): void {
    // See open.
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    if (timestamp === undefined) {
      throw this.#host.calls.user.fault(
        'no-timestamp',
        'the window got a record without a timestamp, such as one that was emitted by a processing-time timer: event-time windows need one',
        this.#host.calls.uid,
      );
    }
    const { assigner, allowedLatenessMs } = this.#spec;
    const watermark = this.#host.effectiveWatermark();
    let skipped = true;
    for (const window of windowsOf(assigner, timestamp)) {
      if (isWindowLate(window, allowedLatenessMs, watermark)) continue;
      skipped = false;
      this.#add(window, value, watermark);
    }
    if (skipped && isElementLate(timestamp, allowedLatenessMs, watermark)) this.#late(value, timestamp, watermark);
  }

  #add(window: TimeWindow, value: unknown, watermark: Timestamp): void {
    const { allowedLatenessMs } = this.#spec;
    const contents = this.#fold.add(this.#contents.get(window), value);
    this.#contents.put(window, contents);
    this.#host.probe.windowAdded?.({ task: this.#host.task, key: this.#host.backend.currentKey, window, watermark });
    if (maxTimestampOf(window) <= watermark) this.#fire(window, contents, watermark);
    else this.#register(maxTimestampOf(window), window);
    const cleanup = cleanupTime(window, allowedLatenessMs);
    if (cleanup !== MAX_TIMESTAMP) this.#register(cleanup, window);
  }

  onEventTimer(timer: TimerEntry): void {
    const window = timer.namespace;
    assert(window !== undefined, () => `window operator ${this.#host.task.vertex}: a timer without a window`);
    if (timer.timestamp === maxTimestampOf(window)) {
      const contents = this.#contents.get(window);
      if (contents !== undefined) this.#fire(window, contents, this.#host.effectiveWatermark());
    }
    if (timer.timestamp === cleanupTime(window, this.#spec.allowedLatenessMs)) this.#contents.remove(window);
  }

  onProcessingTimer(_timer: TimerEntry): void {
    throw new EngineBug(`window operator ${this.#host.task.vertex}: event-time windows have no processing-time timers`);
  }

  #late(value: unknown, timestamp: Timestamp, watermark: Timestamp): void {
    const { lateTag } = this.#spec;
    this.#host.probe.recordLate?.({
      task: this.#host.task,
      key: this.#host.backend.currentKey,
      timestamp,
      watermark,
      output: lateTag === undefined ? 'dropped' : 'late-output',
    });
    if (lateTag !== undefined) this.#host.emitSide(lateTag, value, timestamp);
  }

  #fire(window: TimeWindow, contents: unknown, watermark: Timestamp): void {
    const key = this.#host.backend.currentKey;
    this.#host.probe.paneFired?.({ task: this.#host.task, key, window, watermark });
    const result = this.#fold.result(contents);
    const { emit } = this.#spec;
    const { calls } = this.#host;
    const pane = { key, window, result };
    const value = emit === undefined ? result : called(calls, 'emit', pane, () => emit(pane));
    calls.record(value, emit === undefined ? 'the window function' : 'emit', emit === undefined ? undefined : pane);
    this.#host.emit(value, maxTimestampOf(window));
  }

  /** The timers are a set: registering one that is there changes nothing and is no fact. */
  #register(timestamp: Timestamp, window: TimeWindow): void {
    if (!this.#timers.add(timestamp, window)) return;
    const { task, probe, backend } = this.#host;
    probe.timerRegistered?.({ task, domain: 'event', timestamp, key: backend.currentKey, namespace: window });
  }
}

// ---- the user's functions, with their results checked

interface Fold {
  /** `accumulator` is undefined for the first element of a pane. */
  add(accumulator: unknown, value: unknown): unknown;
  result(accumulator: unknown): unknown;
}

function foldOf({ fold, accumulatorType }: WindowSpec, calls: UserCalls): Fold {
  const accumulators = takerOf(accumulatorType);
  const accumulated = (result: unknown, method: string): unknown => {
    calls.ofType(accumulators, result, method);
    return result;
  };
  const { user } = calls;
  const shown = (accumulator: unknown): void => {
    deepFreeze(accumulator);
    user.show('the accumulator', accumulator);
  };
  if (fold.kind === 'reduce') {
    return {
      add: (accumulator, value) => {
        if (accumulator === undefined) return value;
        shown(accumulator);
        return accumulated(
          called(calls, 'the reduce function', undefined, () => fold.fn(accumulator, value)),
          'the reduce function',
        );
      },
      result: (accumulator) => accumulator,
    };
  }
  const { fn } = fold;
  return {
    add: (accumulator, value) => {
      const before =
        accumulator ??
        accumulated(
          called(calls, 'createAccumulator', undefined, () => fn.createAccumulator()),
          'createAccumulator',
        );
      shown(before);
      return accumulated(
        called(calls, 'add', undefined, () => fn.add(value, before)),
        'add',
      );
    },
    result: (accumulator) => {
      shown(accumulator);
      return called(calls, 'getResult', undefined, () => fn.getResult(accumulator));
    },
  };
}

function called(calls: UserCalls, method: string, argument: unknown, body: () => unknown): unknown {
  const { user, uid } = calls;
  let result: unknown;
  user.enter(uid);
  try {
    result = body();
  } catch (error) {
    throw user.thrown(error, uid, method, argument);
  }
  user.leave();
  return result;
}
