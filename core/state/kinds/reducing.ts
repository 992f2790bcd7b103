/** What is stored is the reduced value (SEMANTICS S2; Flink: `HeapReducingState`). */
import type { ReducingDescriptor, ReducingState } from '../../job/states.ts';
import type { UserCode } from '../../user-code.ts';
import type { StateTables } from '../backend.ts';
import { Border, Cell } from './border.ts';

export class CellReducingState<T> implements ReducingState<T> {
  readonly #descriptor: ReducingDescriptor<T>;
  readonly #cell: Cell<T>;
  readonly #border: Border;

  constructor(descriptor: ReducingDescriptor<T>, backend: StateTables, user: UserCode) {
    const { name, type } = descriptor;
    this.#descriptor = descriptor;
    this.#border = new Border(user, name, type);
    this.#cell = new Cell(backend.table(name, type), this.#border);
  }

  get(): T | undefined {
    return this.#cell.read();
  }
  add(value: T): void {
    this.#border.taken(value, 'add');
    const before = this.#cell.read();
    this.#cell.write(before === undefined ? value : this.#reduced(before, value));
  }
  clear(): void {
    this.#cell.clear();
  }

  /** The function runs as part of the one that called `add`: what it throws goes there. */
  #reduced(before: T, value: T): T {
    const reduced = this.#descriptor.reduce(before, value);
    this.#border.returned(reduced, 'reduce');
    return reduced;
  }
}
