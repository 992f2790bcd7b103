/** What every function with a context and a collector sees of its turn: one object for all turns of an operator. */
import type { Collector, OutputTag, Timestamp } from '../job/functions.ts';
import type { TurnHost } from './operator.ts';
import { showValue } from '../values/show.ts';

export class OutputContext implements Collector<unknown> {
  timestamp: Timestamp | undefined = undefined;
  /** What is collected has no timestamp. A side output keeps that of the turn, as in Flink. */
  protected collectsUntimed = false;
  readonly #turn: TurnHost;

  constructor(turn: TurnHost) {
    this.#turn = turn;
  }

  collect(value: unknown): void {
    const { calls } = this.#turn;
    calls.collected(value);
    const running = calls.user.pause();
    this.#turn.emit(value, this.collectsUntimed ? undefined : this.timestamp);
    calls.user.resume(running);
  }

  output<T>(tag: OutputTag<T>, value: T): void {
    const { calls } = this.#turn;
    calls.collectedOn(tag.tag, value);
    const running = calls.user.pause();
    this.#turn.emitSide(tag.tag, value, this.timestamp);
    calls.user.resume(running);
  }

  random(n: number): number {
    const { user } = this.#turn.calls;
    if (!Number.isSafeInteger(n) || n < 1)
      throw user.fault('broken-rule', `random(${showValue(n)}): give a whole number >= 1`);
    const running = user.pause();
    const value = this.#turn.random(n);
    user.resume(running);
    return value;
  }
}
