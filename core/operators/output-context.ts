/** What every function with a context and a collector sees of its turn: one object for all turns of an operator. */
import type { Collector, OutputTag, Timestamp } from '../job/functions.ts';
import type { TurnHost } from './operator.ts';
import { refuseThenable } from './user-function.ts';

export class OutputContext implements Collector<unknown> {
  timestamp: Timestamp | undefined = undefined;
  /** What is collected has no timestamp. A side output keeps that of the turn, as in Flink. */
  protected collectsUntimed = false;
  readonly #turn: TurnHost;

  constructor(turn: TurnHost) {
    this.#turn = turn;
  }

  collect(value: unknown): void {
    refuseThenable(value, this.#turn.task.vertex, 'collect');
    this.#turn.emit(value, this.collectsUntimed ? undefined : this.timestamp);
  }

  output<T>(tag: OutputTag<T>, value: T): void {
    refuseThenable(value, this.#turn.task.vertex, 'output');
    this.#turn.emitSide(tag.tag, value, this.timestamp);
  }

  random(n: number): number {
    return this.#turn.random(n);
  }
}
