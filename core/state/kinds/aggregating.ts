/** What is stored is the accumulator (SEMANTICS S3; Flink: `HeapAggregatingState`). */
import type { AggregateFunction } from '../../job/aggregation.ts';
import type { AggregatingDescriptor, AggregatingState } from '../../job/states.ts';
import type { UserCode } from '../../user-code.ts';
import type { StateTables } from '../backend.ts';
import { Border, Cell } from './border.ts';

export class CellAggregatingState<I, A, O> implements AggregatingState<I, O> {
  readonly #aggregate: AggregateFunction<I, A, O>;
  readonly #cell: Cell<A>;
  readonly #border: Border;

  constructor({ name, type, aggregate }: AggregatingDescriptor<I, A, O>, backend: StateTables, user: UserCode) {
    this.#aggregate = aggregate;
    this.#border = new Border(user, name, type);
    this.#cell = new Cell(backend.table(name, type), this.#border);
  }

  get(): O | undefined {
    const accumulator = this.#cell.read();
    return accumulator === undefined ? undefined : this.#aggregate.getResult(accumulator);
  }
  /** The functions run as part of the one that called `add`: what they throw goes there. */
  add(value: I): void {
    this.#border.given(value, 'add');
    const after = this.#aggregate.add(value, this.#cell.read() ?? this.#created());
    this.#border.returned(after, 'add');
    this.#cell.write(after);
  }
  clear(): void {
    this.#cell.clear();
  }

  /** Taken, and so frozen, before it is handed on: an `add` that changes it is found at the first item. */
  #created(): A {
    const accumulator = this.#aggregate.createAccumulator();
    this.#border.returned(accumulator, 'createAccumulator');
    return accumulator;
  }
}
