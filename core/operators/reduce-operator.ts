/**
 * The running reduction of a keyed stream (Flink: `StreamGroupedReduceOperator`): for each element it emits the reduction
 * of all elements of the key so far, with the element's timestamp. State: the value state `reduced`. It has no timers.
 */
import { MAX_TIMESTAMP, type OpenContext, type Timestamp } from '../job/functions.ts';
import type { ReduceSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import { EngineBug } from '../errors.ts';
import type { TimerEntry } from '../state/backend.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { deepFreeze } from '../values/freeze.ts';

export class ReduceOperator implements KeyedOperator {
  readonly #spec: ReduceSpec;
  readonly #host: OperatorHost;

  constructor(spec: ReduceSpec, host: OperatorHost) {
    this.#spec = spec;
    this.#host = host;
  }

  open(_ctx: OpenContext): void {
    // The user's function has no life cycle.
  }

  close(): void {
    // See open.
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    // Registered with the first element, so that a task that sees none has no such state in its snapshots.
    const reduced = this.#host.backend.table<unknown>('reduced', this.#spec.type);
    const before = reduced.get(undefined);
    const after = before === undefined ? value : this.#reduce(before, value);
    reduced.put(undefined, after);
    this.reduced(after, timestamp);
  }

  /** What has become of the key with an element. */
  protected reduced(after: unknown, timestamp: Timestamp | undefined): void {
    this.#host.emit(after, timestamp);
  }

  #reduce(before: unknown, value: unknown): unknown {
    const { calls } = this.#host;
    const { user, uid } = calls;
    let after: unknown;
    deepFreeze(before);
    user.show('the reduced value', before);
    user.enter(uid);
    try {
      after = this.#spec.fn(before, value);
    } catch (error) {
      throw user.thrown(error, uid, 'the reduce function');
    }
    user.leave();
    calls.record(after, 'the reduce function');
    return after;
  }

  onEventTimer(_timer: TimerEntry): void {
    throw new EngineBug(`operator ${this.#host.task.vertex}: a running reduce has no timers`);
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.onEventTimer(timer);
  }
}

/**
 * The same in batch (Flink: `BatchGroupedReduceOperator`): each key is emitted once, at its end, with the last timestamp that there
 * is. A timer at the end of time says when.
 */
export class FinalReduceOperator extends ReduceOperator {
  readonly #host: OperatorHost;
  readonly #type: TypeInfo;

  constructor(spec: ReduceSpec, host: OperatorHost) {
    super(spec, host);
    this.#host = host;
    this.#type = spec.type;
  }

  protected override reduced(): void {
    this.#host.backend.timers('event').add(MAX_TIMESTAMP, undefined);
  }

  override onEventTimer(): void {
    const last = this.#host.backend.table<unknown>('reduced', this.#type).get(undefined);
    if (last !== undefined) this.#host.emit(last, MAX_TIMESTAMP);
  }

  override onProcessingTimer(timer: TimerEntry): void {
    super.onEventTimer(timer);
  }
}
