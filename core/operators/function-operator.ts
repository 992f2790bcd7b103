/**
 * Runs a user's keyed function: one function object per subtask and attempt, and one context object for all its turns,
 * so that a record allocates nothing here. The subclasses know what an element means.
 *
 * User timers have no namespace. Registering a timer for the past is allowed: an event-time timer at or below the
 * watermark fires at the next advance, a processing-time timer as soon as the clock timer of the task comes by; neither
 * ever fires inside the call that registers it.
 */
import type { Collector, OpenContext, Timestamp } from '../job/functions.ts';
import type { TimerEntry } from '../state/backend.ts';
import type { StateRead } from '../state/queried.ts';
import type { SievedState } from '../state/backend.ts';
import type { KeyedOperator } from './operator.ts';
import type { TurnContext } from './turn-context.ts';
import { assert } from '../errors.ts';
import { callFunction, createFunction } from './user-functions.ts';
import type { UserCalls } from './user-calls.ts';

interface KeyedFunction<C> {
  open?(ctx: OpenContext): void;
  onTimer?(timestamp: Timestamp, ctx: C, out: Collector<unknown>): void;
  close?(): void;
}

export abstract class FunctionOperator<F extends KeyedFunction<C>, C extends TurnContext> implements KeyedOperator {
  protected readonly context: C;
  readonly #create: () => F;
  readonly #methods: readonly string[];
  readonly #calls: UserCalls;
  #fn: F | undefined;

  /** `create` comes from the job's spec; it is called once, by `open`. `methods`: what its object must have. */
  constructor(create: () => F, methods: readonly string[], calls: UserCalls, context: C) {
    this.#create = create;
    this.#methods = methods;
    this.#calls = calls;
    this.context = context;
  }

  open(ctx: OpenContext): void {
    this.#fn = createFunction(this.#create, this.#methods, this.#calls);
    this.#calls.hasOnTimer = this.#fn.onTimer !== undefined;
    this.call('open', (fn) => fn.open?.(ctx));
  }

  close(): void {
    this.context.scope.atNoKey();
    if (this.#fn !== undefined) this.call('close', (fn) => fn.close?.());
  }

  abstract processElement(value: unknown, timestamp: Timestamp | undefined, input: 1 | 2): void;

  onEventTimer(timer: TimerEntry): void {
    this.#onTimer(timer, 'event');
  }

  onProcessingTimer(timer: TimerEntry): void {
    this.#onTimer(timer, 'processing');
  }

  /** Calls a method at the current key. */
  protected callAtKey(method: string, body: (fn: F) => unknown): void {
    this.call(method, body);
    this.context.states.cleanUp();
  }

  /** What a snapshot leaves expired values out of. */
  get sieved(): readonly SievedState[] {
    return this.context.states.sieved;
  }

  queried(state: string, now: Timestamp): StateRead {
    return this.context.states.queried(state, now);
  }

  /** Calls a method of the user's, which returns nothing. */
  protected call(method: string, body: (fn: F) => unknown): void {
    assert(this.#fn !== undefined, () => `operator ${this.#calls.uid} is used before it is open`);
    callFunction(this.#calls, this.#fn, method, body);
  }

  #onTimer({ timestamp, key }: TimerEntry, domain: 'event' | 'processing'): void {
    const { context } = this;
    this.#calls.user.atTimer(domain, timestamp, key);
    context.atTimer(timestamp, domain);
    this.callAtKey('onTimer', (fn) => fn.onTimer?.(timestamp, context, context));
  }
}
