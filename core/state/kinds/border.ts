/**
 * The border between states and user code: what is stored is checked and frozen, what is read is frozen, and while a table is
 * at work the engine runs, so that its errors are not blamed on the job. Every call of a keyed state needs a current key.
 */
import type { TypeInfo } from '../../job/types.ts';
import type { UserCode } from '../../user-code.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { type Taker, takerOf } from '../../values/taker.ts';
import type { TurnScope } from '../turn-scope.ts';

/** Where states live: in an operator, whose functions use them while a key is current. */
export interface StateHost {
  readonly user: UserCode;
  readonly scope: TurnScope;
}

/** What all states have, those without key, too. */
export class ValueBorder {
  readonly user: UserCode;
  /** `state "total"`. */
  readonly name: string;
  readonly #taker: Taker;

  /** `type`: of the values that are taken. */
  constructor(user: UserCode, name: string, type: TypeInfo) {
    this.user = user;
    this.name = `state "${name}"`;
    this.#taker = takerOf(type);
  }

  /** A value that is read: frozen, unless it is fresh from bytes, and remembered as handed over. */
  shown<T>(value: T): T {
    if (typeof value !== 'object' || value === null) return value;
    deepFreeze(value);
    this.user.show(this.name, value);
    if (this.#taker.hasBytes) this.user.watchBytes(value, this.user.running ?? '', this.name);
    return value;
  }

  /** The argument of a call. @throws JobFault unless it is of the type. */
  taken(value: unknown, call: string): void {
    this.given(value, call);
    this.user.take(this.#taker, value, `${call} of ${this.name}`);
  }

  /** An argument of any type. @throws JobFault if it is undefined. */
  given(value: unknown, call: string): void {
    if (value !== undefined) return;
    throw this.user
      .fault(
        'state',
        `${call} of ${this.name} with undefined, which cannot be stored; to remove what is stored call clear`,
      )
      .ofValue();
  }

  /** What a function of the job returned. @throws JobFault unless it is of the type. */
  returned(value: unknown, method: string): void {
    const what = `the result of ${method} of ${this.name}`;
    if (value === undefined)
      throw this.user
        .fault('bad-result', `${what} is undefined; it must return a value (${this.#taker.kind})`)
        .ofValue();
    this.user.take(this.#taker, value, what);
  }
}

/** Of keyed states. */
export class Border extends ValueBorder {
  readonly #scope: TurnScope;

  constructor({ user, scope }: StateHost, name: string, type: TypeInfo) {
    super(user, name, type);
    this.#scope = scope;
  }

  /** The engine runs until `leave`, which gets what this returns. @throws JobFault if no key is current. */
  enter(call: string): string | undefined {
    if (!this.#scope.hasKey) throw this.#scope.noKey(`${call} of ${this.name}`);
    return this.user.pause();
  }
  leave(running: string | undefined): void {
    this.user.resume(running);
  }
}
