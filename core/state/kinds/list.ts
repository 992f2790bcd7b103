/** A list state is a table whose values are whole lists; an empty list is no entry, as in Flink. */
import type { ListDescriptor, ListState } from '../../job/states.ts';
import { list } from '../../job/types.ts';
import type { UserCode } from '../../user-code.ts';
import { showValue } from '../../values/show.ts';
import type { StateTables } from '../backend.ts';
import { Border, Cell } from './border.ts';

export class CellListState<T> implements ListState<T> {
  readonly #cell: Cell<readonly T[]>;
  /** Takes items, one by one. */
  readonly #border: Border;

  constructor({ name, type }: ListDescriptor<T>, backend: StateTables, user: UserCode) {
    this.#border = new Border(user, name, type);
    this.#cell = new Cell(backend.table(name, list(type)), this.#border);
  }

  get(): readonly T[] {
    return this.#cell.read() ?? this.#border.shown(Object.freeze([]));
  }
  add(value: T): void {
    this.#border.taken(value, 'add');
    this.#write([...(this.#cell.peek() ?? []), value]);
  }
  update(values: readonly T[]): void {
    this.#requireList(values);
    for (const value of values) this.#border.taken(value, 'update');
    this.#write([...values]);
  }
  clear(): void {
    this.#cell.clear();
  }

  #requireList(values: unknown): void {
    if (Array.isArray(values)) return;
    const { user, name } = this.#border;
    throw user.fault('not-of-type', `update of ${name}: expected a list of its items, got ${showValue(values)}`);
  }

  #write(values: readonly T[]): void {
    if (values.length === 0) this.#cell.clear();
    else this.#cell.write(Object.freeze(values));
  }
}
