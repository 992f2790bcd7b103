import type { ValueDescriptor, ValueState } from '../../job/states.ts';
import type { UserCode } from '../../user-code.ts';
import type { StateTables } from '../backend.ts';
import { Border, Cell } from './border.ts';

export class CellValueState<T> implements ValueState<T> {
  readonly #cell: Cell<T>;
  readonly #border: Border;

  constructor({ name, type }: ValueDescriptor<T>, backend: StateTables, user: UserCode) {
    this.#border = new Border(user, name, type);
    this.#cell = new Cell(backend.table(name, type), this.#border);
  }

  value(): T | undefined {
    return this.#cell.read();
  }
  update(value: T): void {
    this.#border.taken(value, 'update');
    this.#cell.write(value);
  }
  clear(): void {
    this.#cell.clear();
  }
}
