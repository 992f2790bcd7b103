/** The time to live of one state of an operator: what is expired, and what reading and writing do about it (SEMANTICS J5). */
import type { Timestamp } from '../../job/functions.ts';
import type { StateTtl } from '../../job/state-ttl.ts';
import { isExpired, lastTouchOf, type Timed, timed } from '../timed.ts';
import type { TurnScope } from '../turn-scope.ts';

export class Expiry {
  readonly ttl: StateTtl;
  readonly touchesOnRead: boolean;
  readonly returnsExpired: boolean;
  readonly cleanup: NonNullable<StateTtl['cleanup']>;
  /** The state was used since this was last set to false. */
  used = false;
  readonly #scope: TurnScope;
  readonly #met: (lastTouch: Timestamp, now: Timestamp) => void;

  /** `met`: hears of every value that is met after its time. */
  constructor(ttl: StateTtl, scope: TurnScope, met: (lastTouch: Timestamp, now: Timestamp) => void) {
    this.#met = met;
    this.ttl = ttl;
    this.touchesOnRead = ttl.update === 'on-read-and-write';
    this.returnsExpired = ttl.visibility === 'return-if-not-cleaned-up';
    this.cleanup = ttl.cleanup ?? 'incremental';
    this.#scope = scope;
  }

  /** The time of this call of the function. */
  get now(): Timestamp {
    this.used = true;
    return this.#scope.now();
  }

  isExpired(stored: Timed<unknown>): boolean {
    const { now } = this;
    if (!isExpired(stored, this.ttl.ms, now)) return false;
    this.#met(lastTouchOf(stored), now);
    return true;
  }

  touched<T>(value: T): Timed<T> {
    return timed(value, this.now);
  }
}
