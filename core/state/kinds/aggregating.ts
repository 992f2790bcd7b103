/** What is stored is the accumulator (SEMANTICS S3; Flink: `HeapAggregatingState`). */
import type { AggregateFunction } from '../../job/aggregation.ts';
import type { AggregatingDescriptor, AggregatingState } from '../../job/states.ts';
import type { StateTables } from '../backend.ts';
import { Border, type StateHost } from './border.ts';
import { type Cell, cellOf } from './cell.ts';
import type { Expiry } from './expiry.ts';

export class CellAggregatingState<I, A, O> implements AggregatingState<I, O> {
  readonly #aggregate: AggregateFunction<I, A, O>;
  readonly #cell: Cell<A>;
  readonly #border: Border;

  constructor(
    descriptor: AggregatingDescriptor<I, A, O>,
    backend: StateTables,
    host: StateHost,
    expiry: Expiry | undefined,
  ) {
    this.#aggregate = descriptor.aggregate;
    this.#border = new Border(host, descriptor.name, descriptor.type);
    this.#cell = cellOf(backend, descriptor, this.#border, expiry);
  }

  get(): O | undefined {
    const accumulator = this.#cell.read('get');
    return accumulator === undefined ? undefined : this.#aggregate.getResult(accumulator);
  }
  /** The functions run as part of the one that called `add`: what they throw goes there. */
  add(value: I): void {
    this.#border.given(value, 'add');
    const after = this.#aggregate.add(value, this.#cell.base('add') ?? this.#created());
    this.#border.returned(after, 'add');
    this.#cell.write(after, 'add');
  }
  clear(): void {
    this.#cell.clear();
  }
  clean(): boolean {
    return this.#cell.clean();
  }

  /** Taken, and so frozen, before it is handed on: an `add` that changes it is found at the first item. */
  #created(): A {
    const accumulator = this.#aggregate.createAccumulator();
    this.#border.returned(accumulator, 'createAccumulator');
    return accumulator;
  }
}
