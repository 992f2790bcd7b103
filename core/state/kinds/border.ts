/**
 * The border between states and user code: what is stored is checked and frozen, what is read is frozen, and while a table is
 * at work the engine runs, so that its errors are not blamed on the job.
 */
import type { TypeInfo } from '../../job/types.ts';
import type { UserCode } from '../../user-code.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { type Taker, takerOf } from '../../values/taker.ts';
import type { KeyedTable } from '../backend.ts';

export class Border {
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
    throw this.user.fault(
      'state',
      `${call} of ${this.name} with undefined, which cannot be stored; to remove what is stored call clear`,
    );
  }

  /** What a function of the job returned. @throws JobFault unless it is of the type. */
  returned(value: unknown, method: string): void {
    const what = `the result of ${method} of ${this.name}`;
    if (value === undefined)
      throw this.user.fault('bad-result', `${what} is undefined; it must return a value (${this.#taker.kind})`);
    this.user.take(this.#taker, value, what);
  }
}

/** The one value per key of a table, for states that are built on it. */
export class Cell<T> {
  readonly #table: KeyedTable<T>;
  readonly #border: Border;

  constructor(table: KeyedTable<T>, border: Border) {
    this.#table = table;
    this.#border = border;
  }

  /** For user code. */
  read(): T | undefined {
    return this.#border.shown(this.peek());
  }

  /** What user code does not get hold of. It may become part of a frozen value, so it is frozen, too. */
  peek(): T | undefined {
    const { user } = this.#border;
    const running = user.pause();
    const value = this.#table.get(undefined);
    user.resume(running);
    deepFreeze(value);
    return value;
  }

  /** The value has been taken. */
  write(value: T): void {
    const { user } = this.#border;
    const running = user.pause();
    this.#table.put(undefined, value);
    user.resume(running);
  }

  clear(): void {
    const { user } = this.#border;
    const running = user.pause();
    this.#table.remove(undefined);
    user.resume(running);
  }
}
