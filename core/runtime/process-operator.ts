/**
 * Runs a user's `KeyedProcessFunction` (Flink: `KeyedProcessOperator`): one function object per subtask and attempt, and
 * one context object for all its turns, so that a record allocates nothing here.
 *
 * User timers have no namespace. Registering a timer for the past is allowed: an event-time timer at or below the
 * watermark fires at the next advance, a processing-time timer as soon as the clock timer of the task comes by; neither
 * ever fires inside the call that registers it. A function without `onTimer` lets its timers pass.
 */
import type { KeyedProcessFunction, OpenContext, Timestamp } from '../api/functions.ts';
import type { TimerEntry } from '../state/backend.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { TurnContext } from './turn-context.ts';
import { refuseThenable } from './user-function.ts';

export class ProcessOperator implements KeyedOperator {
  private readonly fn: KeyedProcessFunction<unknown, unknown, unknown>;
  private readonly uid: string;
  private readonly context: TurnContext;

  /** `create` comes from the job's spec; it is called once. */
  constructor(create: () => KeyedProcessFunction<unknown, unknown, unknown>, host: OperatorHost) {
    this.fn = create();
    this.uid = host.task.vertex;
    this.context = new TurnContext(host);
  }

  open(ctx: OpenContext): void {
    refuseThenable(this.fn.open?.(ctx), this.uid, 'open');
  }

  close(): void {
    refuseThenable(this.fn.close?.(), this.uid, 'close');
  }

  processElement(value: unknown, timestamp: Timestamp | undefined): void {
    this.context.timestamp = timestamp;
    refuseThenable(this.fn.processElement(value, this.context, this.context), this.uid, 'processElement');
  }

  onEventTimer(timer: TimerEntry): void {
    this.onTimer(timer, 'event');
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.onTimer(timer, 'processing');
  }

  private onTimer(timer: TimerEntry, domain: 'event' | 'processing'): void {
    this.context.timestamp = timer.timestamp;
    this.context.timeDomain = domain;
    refuseThenable(this.fn.onTimer?.(timer.timestamp, this.context, this.context), this.uid, 'onTimer');
  }
}
