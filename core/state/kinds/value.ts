import type { ValueDescriptor, ValueState } from '../../job/states.ts';
import type { StateTables } from '../backend.ts';
import { Border, type StateHost } from './border.ts';
import { type Cell, cellOf } from './cell.ts';
import type { Expiry } from './expiry.ts';

export class CellValueState<T> implements ValueState<T> {
  readonly #cell: Cell<T>;
  readonly #border: Border;

  constructor(descriptor: ValueDescriptor<T>, backend: StateTables, host: StateHost, expiry: Expiry | undefined) {
    this.#border = new Border(host, descriptor.name, descriptor.type);
    this.#cell = cellOf(backend, descriptor, this.#border, expiry);
  }

  value(): T | undefined {
    return this.#cell.read('value');
  }
  update(value: T): void {
    this.#border.taken(value, 'update');
    this.#cell.write(value, 'update');
  }
  clear(): void {
    this.#cell.clear();
  }
  clean(): boolean {
    return this.#cell.clean();
  }
}
