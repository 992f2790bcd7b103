/**
 * Runs a user's keyed function: one function object per subtask and attempt, and one context object for all its turns,
 * so that a record allocates nothing here. The subclasses know what an element means.
 *
 * User timers have no namespace. Registering a timer for the past is allowed: an event-time timer at or below the
 * watermark fires at the next advance, a processing-time timer as soon as the clock timer of the task comes by; neither
 * ever fires inside the call that registers it. A function without `onTimer` lets its timers pass.
 */
import type { Collector, OpenContext, Timestamp } from '../job/functions.ts';
import type { TimerEntry } from '../state/backend.ts';
import type { KeyedOperator } from './operator.ts';
import type { TurnContext } from './turn-context.ts';
import { refuseThenable } from './user-function.ts';

interface KeyedFunction<C> {
  open?(ctx: OpenContext): void;
  onTimer?(timestamp: Timestamp, ctx: C, out: Collector<unknown>): void;
  close?(): void;
}

export abstract class FunctionOperator<F extends KeyedFunction<C>, C extends TurnContext> implements KeyedOperator {
  protected readonly fn: F;
  protected readonly context: C;
  readonly #uid: string;

  /** `create` comes from the job's spec; it is called once. */
  constructor(create: () => F, uid: string, context: C) {
    this.fn = create();
    this.#uid = uid;
    this.context = context;
  }

  open(ctx: OpenContext): void {
    this.check(this.fn.open?.(ctx), 'open');
  }

  close(): void {
    this.check(this.fn.close?.(), 'close');
  }

  abstract processElement(value: unknown, timestamp: Timestamp | undefined, input: 1 | 2): void;

  onEventTimer(timer: TimerEntry): void {
    this.#onTimer(timer, 'event');
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.#onTimer(timer, 'processing');
  }

  /** What user code returned, and from where. */
  protected check(result: unknown, method: string): void {
    refuseThenable(result, this.#uid, method);
  }

  #onTimer({ timestamp }: TimerEntry, domain: 'event' | 'processing'): void {
    const { context } = this;
    context.atTimer(timestamp, domain);
    this.check(this.fn.onTimer?.(timestamp, context, context), 'onTimer');
  }
}
