/**
 * The call of a function that states are used in: whether a key is current, and what time it is for time to live.
 *
 * State, timers and the current key stand for the key of the element or timer. A function that has kept its context may use
 * them when no key is current (for a broadcast element, in `close`): that is a fault of the job, said at once. A call sees one
 * time (SEMANTICS J5): the clock is read when a state with time to live is first used in it.
 */
import type { Timestamp } from '../job/functions.ts';
import type { UserCode } from '../user-code.ts';

export class TurnScope {
  /** States may be used. Set by itself for the visits of a broadcast element, which are one call. */
  hasKey = false;
  readonly #user: UserCode;
  readonly #clock: () => Timestamp;
  #now: Timestamp | undefined;

  /** `clock`: reads the wall clock, and states that it did. */
  constructor(user: UserCode, clock: () => Timestamp) {
    this.#user = user;
    this.#clock = clock;
  }

  /** A call for an element or timer of a key begins. */
  atKey(): void {
    this.hasKey = true;
    this.#now = undefined;
  }

  /** A call that belongs to no key begins. */
  atNoKey(): void {
    this.hasKey = false;
    this.#now = undefined;
  }

  /** Also for user code that asks: the engine reads the clock. */
  now(): Timestamp {
    if (this.#now !== undefined) return this.#now;
    const running = this.#user.pause();
    this.#now = this.#clock();
    this.#user.resume(running);
    return this.#now;
  }

  /** To be thrown. `what`: "update of state \"total\"". */
  noKey(what: string): Error {
    return this.#user.fault(
      'state',
      `${what} while no key is current: keyed state, timers and the current key belong to an element or a timer of a key; ` +
        'in the turn of a broadcast element visit the keys by applyToKeyedState',
    );
  }
}
