/**
 * Waiting without promises.
 *
 * A coroutine is a generator that yields what it waits for; `yield* pending` suspends and reads like `await`. The
 * runner below drives it with one actor of the driver, so that every resumption is an event of its own and the driver
 * may put anything between two steps. A coroutine that is dropped (its process was killed) simply never resumes.
 */
import { Cancelled, EngineBug, rethrowKilled } from './errors.ts';

/** A body that waits. `yield* pending` suspends; the result is read from the pending itself, so nothing is cast. */
export type Coroutine<T> = Generator<Pending<unknown>, T, void>;

export interface Pending<T> {
  /** "barrier 7 on channel 2": the wait-for explanation. */
  readonly what: string;
  readonly settled: boolean;
  /** The value, or throws the error. Only legal once settled. */
  take(): T;
  /** One waiter, the last one registered; it only wakes an actor, it never runs code inline. */
  onSettled(wake: () => void): void;
  [Symbol.iterator](): Coroutine<T>;
}

/** What a thread is in Flink is an actor here. `step` is atomic; when the next one runs is the driver's business. */
export interface Executor {
  actor(name: string, step: () => Progress): Actor;
}
export interface Actor {
  /** Schedules a step. Idempotent: at most one step is pending. */
  wake(): void;
}
export type Progress = 'more' | 'idle';

type Result<T> = { readonly value: T } | { readonly error: unknown };

function taken<T>(result: Result<T> | undefined, pending: Pending<T>): T {
  if (result === undefined) throw new EngineBug(`taken before it settled: ${pending.what}`);
  if ('error' in result) throw result.error;
  return result.value;
}

/** A pending that engine or driver code settles by hand. Settling twice is a bug. */
export class Deferred<T> implements Pending<T> {
  settled = false;
  #result: Result<T> | undefined;
  #wake: (() => void) | undefined;
  readonly #what: string | (() => string);

  constructor(what: string | (() => string)) {
    this.#what = what;
  }

  get what(): string {
    return typeof this.#what === 'string' ? this.#what : this.#what();
  }

  resolve(value: T): void {
    if (this.settled) throw new EngineBug(`settled twice: ${this.what}`);
    this.settled = true;
    this.#result = { value };
    this.#wake?.();
  }

  reject(error: unknown): void {
    if (this.settled) throw new EngineBug(`settled twice: ${this.what}`);
    this.settled = true;
    this.#result = { error };
    this.#wake?.();
  }

  take(): T {
    return taken(this.#result, this);
  }

  onSettled(wake: () => void): void {
    this.#wake = wake;
    if (this.settled) wake();
  }

  *[Symbol.iterator](): Coroutine<T> {
    while (!this.settled) yield this;
    return this.take();
  }
}

/** A pending that has nothing to wait for. */
export function settled(): Pending<void> {
  const deferred = new Deferred<void>('nothing');
  deferred.resolve();
  return deferred;
}

/**
 * Children of a process, a task attempt or an endpoint. An error of a child for which no coroutine waits fails the
 * scope.
 */
export interface Scope {
  /** Starts a coroutine; its first step is an event of its own. */
  spawn<T>(name: string, body: Coroutine<T>): Pending<T>;
  child(name: string, onFailure: (error: unknown) => void): Scope;
  /** Throws `Cancelled` at the wait of every coroutine in here and below, so that `finally` runs. Idempotent. */
  cancel(): void;
  /** Coroutines that have not ended yet, with what they wait for: the wait-for explanation. */
  waiting(): readonly { readonly name: string; readonly what: string }[];
}

/** A root scope. `onFailure` gets the error of a coroutine for which no other one waits. */
export function createScope(executor: Executor, name: string, onFailure: (error: unknown) => void): Scope {
  return new ScopeImpl(executor, name, onFailure);
}

class ScopeImpl implements Scope {
  readonly #running = new Set<Running<unknown>>();
  readonly #children = new Set<ScopeImpl>();
  readonly #executor: Executor;
  readonly #name: string;
  readonly #onFailure: (error: unknown) => void;
  #cancelled = false;

  constructor(executor: Executor, name: string, onFailure: (error: unknown) => void) {
    this.#executor = executor;
    this.#name = name;
    this.#onFailure = onFailure;
  }

  spawn<T>(name: string, body: Coroutine<T>): Pending<T> {
    const running: Running<T> = new Running<T>(`${this.#name}/${name}`, body, this.#executor, (failure) => {
      this.#running.delete(running);
      if (failure !== undefined) this.#onFailure(failure.error);
    });
    this.#running.add(running);
    if (this.#cancelled) running.cancel();
    return running;
  }

  child(name: string, onFailure: (error: unknown) => void): Scope {
    const scope = new ScopeImpl(this.#executor, `${this.#name}/${name}`, onFailure);
    this.#children.add(scope);
    if (this.#cancelled) scope.cancel();
    return scope;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const running of [...this.#running]) running.cancel();
    for (const child of this.#children) child.cancel();
    this.#children.clear();
  }

  waiting(): readonly { readonly name: string; readonly what: string }[] {
    const own = [...this.#running].map((running) => ({ name: running.name, what: running.waitsFor }));
    return own.concat([...this.#children].flatMap((child) => [...child.waiting()]));
  }
}

/** One running coroutine: its actor, what it waits for, and its result as a pending. */
class Running<T> implements Pending<T> {
  readonly name: string;
  settled = false;
  readonly #body: Coroutine<T>;
  readonly #actor: Actor;
  readonly #wake = (): void => {
    this.#actor.wake();
  };
  readonly #ended: (failure: { readonly error: unknown } | undefined) => void;
  #waitsFor: Pending<unknown> | undefined;
  #cancel: 'no' | 'requested' | 'delivered' = 'no';
  #result: Result<T> | undefined;
  #waiter: (() => void) | undefined;

  constructor(
    name: string,
    body: Coroutine<T>,
    executor: Executor,
    ended: (failure: { readonly error: unknown } | undefined) => void,
  ) {
    this.name = name;
    this.#body = body;
    this.#ended = ended;
    this.#actor = executor.actor(name, () => this.#step());
    this.#actor.wake();
  }

  get what(): string {
    return `end of ${this.name}`;
  }

  get waitsFor(): string {
    return this.#waitsFor?.what ?? 'its first step';
  }

  cancel(): void {
    if (this.settled || this.#cancel !== 'no') return;
    this.#cancel = 'requested';
    this.#actor.wake();
  }

  #step(): Progress {
    if (this.settled) return 'idle';
    let result: IteratorResult<Pending<unknown>, T>;
    try {
      if (this.#cancel === 'requested') {
        this.#cancel = 'delivered';
        result = this.#body.throw(new Cancelled(this.name));
      } else {
        if (this.#waitsFor?.settled === false) return 'idle';
        result = this.#body.next();
      }
    } catch (error) {
      rethrowKilled(error);
      this.#settle({ error });
      return 'idle';
    }
    if (result.done === true) {
      this.#settle({ value: result.value });
      return 'idle';
    }
    this.#waitsFor = result.value;
    result.value.onSettled(this.#wake);
    return 'idle';
  }

  #settle(result: Result<T>): void {
    this.settled = true;
    this.#result = result;
    const waiter = this.#waiter;
    // A cancelled coroutine that ends by its own `Cancelled` is not a failure; one that somebody waits for is theirs.
    const unheard = waiter === undefined && 'error' in result;
    const cancelled = unheard && result.error instanceof Cancelled && this.#cancel === 'delivered';
    this.#ended(unheard && !cancelled ? result : undefined);
    waiter?.();
  }

  take(): T {
    return taken(this.#result, this);
  }

  onSettled(wake: () => void): void {
    this.#waiter = wake;
    if (this.settled) wake();
  }

  *[Symbol.iterator](): Coroutine<T> {
    while (!this.settled) yield this;
    return this.take();
  }
}
