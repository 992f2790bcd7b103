/** What is stored is the reduced value (SEMANTICS S2; Flink: `HeapReducingState`). */
import type { ReducingDescriptor, ReducingState } from '../../job/states.ts';
import type { StateTables } from '../backend.ts';
import { Border, type StateHost } from './border.ts';
import { type Cell, cellOf } from './cell.ts';
import type { Expiry } from './expiry.ts';

export class CellReducingState<T> implements ReducingState<T> {
  readonly #descriptor: ReducingDescriptor<T>;
  readonly #cell: Cell<T>;
  readonly #border: Border;

  constructor(descriptor: ReducingDescriptor<T>, backend: StateTables, host: StateHost, expiry: Expiry | undefined) {
    this.#descriptor = descriptor;
    this.#border = new Border(host, descriptor.name, descriptor.type);
    this.#cell = cellOf(backend, descriptor, this.#border, expiry);
  }

  get(): T | undefined {
    return this.#cell.read('get');
  }
  add(value: T): void {
    this.#border.taken(value, 'add');
    const before = this.#cell.base('add');
    this.#cell.write(before === undefined ? value : this.#reduced(before, value), 'add');
  }
  clear(): void {
    this.#cell.clear();
  }
  clean(): boolean {
    return this.#cell.clean();
  }

  /** The function runs as part of the one that called `add`: what it throws goes there. */
  #reduced(before: T, value: T): T {
    const reduced = this.#descriptor.reduce(before, value);
    this.#border.returned(reduced, 'reduce');
    return reduced;
  }
}
