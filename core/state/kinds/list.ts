/**
 * A list state is a table whose values are whole lists; an empty list is no entry, as in Flink. With time to live each item
 * has a life of its own. Reading drops items only when they are touched by it, or all have expired: so expired ones come
 * back when the clock moves back.
 */
import type { ListDescriptor, ListState } from '../../job/states.ts';
import { list } from '../../job/types.ts';
import { showValue } from '../../values/show.ts';
import type { StateTables } from '../backend.ts';
import { type Timed, timedType, valueOf } from '../timed.ts';
import { Border, type StateHost } from './border.ts';
import { PlainCell } from './cell.ts';
import type { Expiry } from './expiry.ts';

export class CellListState<T> implements ListState<T> {
  readonly #items: Items<T>;
  /** Takes items, one by one. */
  readonly #border: Border;

  constructor({ name, type }: ListDescriptor<T>, backend: StateTables, host: StateHost, expiry: Expiry | undefined) {
    const border = new Border(host, name, type);
    this.#border = border;
    this.#items =
      expiry === undefined
        ? new PlainItems(new PlainCell(backend.table(name, list(type)), border))
        : new TimedItems(new PlainCell(backend.table(name, list(timedType(type))), border), expiry);
  }

  get(): readonly T[] {
    return this.#border.shown(this.#items.read());
  }
  add(value: T): void {
    this.#border.taken(value, 'add');
    this.#items.append([value], 'add');
  }
  addAll(values: readonly T[]): void {
    this.#take(values, 'addAll');
    if (values.length > 0) this.#items.append(values, 'addAll');
  }
  update(values: readonly T[]): void {
    this.#take(values, 'update');
    if (values.length === 0) this.#items.clear();
    else this.#items.replace(values);
  }
  clear(): void {
    this.#items.clear();
  }
  clean(): boolean {
    return this.#items.clean();
  }

  #take(values: readonly T[], call: string): void {
    if (!Array.isArray(values)) {
      const { user, name } = this.#border;
      throw user.fault('not-of-type', `${call} of ${name}: expected a list of its items, got ${showValue(values)}`);
    }
    for (const value of values) this.#border.taken(value, call);
  }
}

/** The items of the current key. What is given has been taken, and is not empty. */
interface Items<T> {
  read(): readonly T[];
  append(values: readonly T[], call: string): void;
  replace(values: readonly T[]): void;
  clear(): void;
  clean(): boolean;
}

class PlainItems<T> implements Items<T> {
  readonly #cell: PlainCell<readonly T[]>;

  constructor(cell: PlainCell<readonly T[]>) {
    this.#cell = cell;
  }

  read(): readonly T[] {
    return this.#cell.peek('get') ?? Object.freeze([]);
  }
  append(values: readonly T[], call: string): void {
    this.#cell.write(Object.freeze([...(this.#cell.peek(call) ?? []), ...values]), call);
  }
  replace(values: readonly T[]): void {
    this.#cell.write(Object.freeze([...values]), 'update');
  }
  clear(): void {
    this.#cell.clear();
  }
  clean(): boolean {
    return false;
  }
}

class TimedItems<T> implements Items<T> {
  readonly #cell: PlainCell<readonly Timed<T>[]>;
  readonly #expiry: Expiry;

  constructor(cell: PlainCell<readonly Timed<T>[]>, expiry: Expiry) {
    this.#cell = cell;
    this.#expiry = expiry;
  }

  read(): readonly T[] {
    const stored = this.#cell.peek('get');
    if (stored === undefined) return Object.freeze([]);
    const alive = this.#alive(stored);
    if (alive.length === 0) this.#cell.clear();
    else if (this.#expiry.touchesOnRead) this.#cell.write(this.#touched(alive.map(valueOf)), 'get');
    return Object.freeze((this.#expiry.returnsExpired ? stored : alive).map(valueOf));
  }
  append(values: readonly T[], call: string): void {
    this.#cell.write(Object.freeze([...(this.#cell.peek(call) ?? []), ...this.#touched(values)]), call);
  }
  replace(values: readonly T[]): void {
    this.#cell.write(this.#touched(values), 'update');
  }
  clear(): void {
    this.#cell.clear();
  }
  clean(): boolean {
    const stored = this.#cell.peek('clean-up') ?? [];
    const alive = this.#alive(stored);
    if (alive.length === stored.length) return false;
    if (alive.length === 0) this.#cell.clear();
    else this.#cell.write(Object.freeze(alive), 'clean-up');
    return true;
  }

  #alive(stored: readonly Timed<T>[]): Timed<T>[] {
    return stored.filter((item) => !this.#expiry.isExpired(item));
  }
  #touched(values: readonly T[]): readonly Timed<T>[] {
    return Object.freeze(values.map((value) => this.#expiry.touched(value)));
  }
}
