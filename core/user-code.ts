/**
 * The border between the engine and the functions of a job, one object a task. Whose code runs is known at every moment, so
 * that an error is blamed on the one that made it:
 *
 *     engine --enter--> user code --pause--> engine (collect, state, timers) --resume--> user code --leave--> engine
 *
 *     thrown while user code runs      a fault of the job, with operator and record
 *     thrown while the engine runs     what it is: a fault that the engine found, or a bug of the engine
 *
 * What the engine refuses (a value of another type, ...) fails the turn even if the user's code catches the error: `check` at the
 * end of each turn throws the first one again. Values are frozen when they are handed over, so a change throws at the line that
 * makes it; the content of bytes cannot be frozen, so bytes are hashed, and looked at again when the turn ends and the next one does.
 *
 * Left out: a change that code outside of strict mode makes to a frozen value has no effect, and none is noticed.
 */
import { Cancelled, EngineBug, JobError, Killed, messageOf } from './errors.ts';
import { JobFault, type JobFaultKind } from './job-fault.ts';
import { TurnBounds } from './turn-bounds.ts';
import { findChanged } from './values/changed.ts';
import { WatchedBytes } from './values/watched-bytes.ts';
import { showValue } from './values/show.ts';
import type { Taker } from './values/taker.ts';

/** How an assignment to a frozen object fails, in V8, SpiderMonkey and JavaScriptCore. */
const CHANGED =
  /Cannot (?:assign to read only|add|delete|define|redefine) property|assign to readonly property|object (?:that )?is not extensible|Unable to delete property|^TypeError: "?[^ "]+"? is read-only$|is non-configurable and can't be deleted/i;

export class UserCode {
  static #last: UserCode | undefined;
  #running: string | undefined;
  #operator: string | undefined;
  #first: JobFault | undefined;
  /** What the turn is about: a record, or a timer. */
  #record: unknown;
  #timer: { readonly domain: string; readonly timestamp: number; readonly key: unknown } | undefined;
  /** What user code may have got hold of in this turn, and what to call it. */
  readonly #handed: unknown[] = [];
  readonly #names: string[] = [];
  readonly #bytes = new WatchedBytes();
  readonly bounds = new TurnBounds((kind, message) => this.fault(kind, message));

  // ---- a turn

  /** A turn about a record begins. */
  atRecord(value: unknown): void {
    this.#record = value;
    this.#timer = undefined;
    this.bounds.atRecord();
    this.#forget();
  }

  /** A turn, or a part of one, about a timer begins. */
  atTimer(domain: 'event' | 'processing', timestamp: number, key: unknown): void {
    this.#record = undefined;
    this.#timer = { domain, timestamp, key };
    this.bounds.atTimer(this.#timer);
    this.#forget();
  }

  /** The end of a turn. @throws JobFault if the engine refused something in it, or bytes were changed. */
  check(): void {
    if (this.#first !== undefined) throw this.#first;
    const changed = this.#bytes.changed();
    if (changed === undefined) return;
    const { operator, name } = changed;
    throw this.fault('mutated', `${name} was changed after it had been handed over: make a copy`, operator);
  }

  #forget(): void {
    if (this.#handed.length === 0) return;
    this.#handed.length = 0;
    this.#names.length = 0;
  }

  // ---- whose code runs

  /** uid of the operator whose code was called last, in whatever task: for those who look from outside. */
  static get lastOperator(): string | undefined {
    const last = UserCode.#last;
    return last === undefined ? undefined : last.#operator;
  }

  /** User code of this operator is called. */
  enter(operator: string): void {
    UserCode.#last = this;
    this.#running = operator;
    this.#operator = operator;
  }
  /** It has returned. */
  leave(): void {
    this.#running = undefined;
  }
  /** User code calls the engine. Returns what `resume` needs. */
  pause(): string | undefined {
    const running = this.#running;
    this.#running = undefined;
    return running;
  }
  resume(running: string | undefined): void {
    this.#running = running;
    if (running !== undefined) this.#operator = running;
  }

  /** uid of the operator whose code runs; undefined: the engine does. */
  get running(): string | undefined {
    return this.#running;
  }

  // ---- values

  /** User code is shown a value that is frozen: a change of it will throw. */
  show(name: string, value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    this.#handed.push(value);
    this.#names.push(name);
  }

  /**
   * Takes a value from user code: checks it and freezes it. `what`: "collect", "update of state \"total\"".
   *
   * @throws JobFault unless it is of the type.
   */
  take(taker: Taker, value: unknown, what: string): void {
    if (!taker.admit(value)) throw this.#refused(taker, value, what);
    this.show(what, value);
    if (taker.hasBytes) this.#bytes.watch(value, this.#running ?? this.#operator ?? '', what);
  }

  /** Bytes in a value that user code is shown, which cannot be frozen. */
  watchBytes(value: unknown, operator: string, name: string): void {
    this.#bytes.watch(value, operator, name);
  }

  // ---- faults

  /** A fault that the engine finds in what user code does, to be thrown. */
  fault(
    kind: JobFaultKind,
    message: string,
    operator = this.#running ?? this.#operator,
    record = this.#subject(),
  ): JobFault {
    const fault = new JobFault(kind, message);
    if (operator !== undefined) fault.blame(operator, record);
    this.#first ??= fault;
    return fault;
  }

  /** The fault of a function that returned a promise, to be thrown; undefined: it did not. */
  promised(result: unknown, where: string, operator: string, record = this.#subject()): JobFault | undefined {
    if (!isThenable(result)) return undefined;
    ignoreRejection(result);
    const why =
      'user functions are synchronous. Return the value itself, and leave what must wait to a source or a sink';
    return this.fault('async', `${where} returned a promise: ${why}`, operator, record);
  }

  /** `where`: what was called: "processElement". `argument`: a record that the call was about, if not that of the turn. */
  thrown(
    error: unknown,
    operator: string,
    where: string,
    argument: unknown = this.#record,
    kind: JobFaultKind = 'threw',
  ): Error {
    const byUser = this.#running !== undefined;
    this.#running = undefined;
    const record = argument === this.#record ? this.#subject() : showValue(argument);
    if (error instanceof JobFault) return this.#noted(error.blame(operator, record));
    if (error instanceof Killed || error instanceof Cancelled) return error;
    if (error instanceof JobError)
      return this.#noted(new JobFault('broken-rule', error.message, { cause: error }).blame(operator, record));
    if (!byUser || error instanceof EngineBug) return error instanceof Error ? error : new EngineBug(messageOf(error));
    const fault =
      error instanceof TypeError && CHANGED.test(messageOf(error))
        ? new JobFault('mutated', `${where} changed ${this.#whatChanged(messageOf(error), argument)}`, { cause: error })
        : new JobFault(kind, `${where} threw ${messageOf(error)}`, { cause: error });
    return this.#noted(fault.blame(operator, record));
  }

  #noted(fault: JobFault): JobFault {
    this.#first ??= fault;
    return fault;
  }

  #refused(taker: Taker, value: unknown, what: string): JobFault {
    if (isThenable(value)) {
      ignoreRejection(value);
      return this.fault(
        'async',
        `${what}: the value is a promise; user functions are synchronous, so give the value itself`,
      );
    }
    return this.fault('not-of-type', `${what}: the value is not of its type (${taker.kind}): ${taker.reason(value)}`);
  }

  #subject(): string | undefined {
    const timer = this.#timer;
    if (timer === undefined) return this.#record === undefined ? undefined : showValue(this.#record);
    return `${timer.domain}-time timer ${timer.timestamp} of key ${showValue(timer.key)}`;
  }

  #whatChanged(message: string, argument: unknown): string {
    const values = [argument, ...this.#handed];
    const names = this.#names.map((name) => (name === 'collect' ? 'the collected value' : name));
    const places = findChanged(message, values, ['record', ...names]);
    const what = places.length === 0 ? 'a value' : places.join(' or ');
    return `${what} after it had been handed over (${message}): records and state values are immutable, make a copy`;
  }
}

/* eslint-disable no-restricted-globals -- the engine waits for none of them: those of an author are told apart here */
// Taken before any run: in a run the method is trapped.
const { then } = Promise.prototype;

/** Of a promise that has been refused: that it fails later is nobody's news, and must not end the process. */
export function ignoreRejection(result: unknown): void {
  if (result instanceof Promise) void Reflect.apply(then, result, [undefined, () => undefined]);
}
/* eslint-enable no-restricted-globals */

/** A promise, or something else with a `then` function. */
export function isThenable(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}
