/** The one value per key of a table, for states that are built on it: as it is, or with time to live. */
import type { StateTtl } from '../../job/state-ttl.ts';
import type { TypeInfo } from '../../job/types.ts';
import { deepFreeze } from '../../values/freeze.ts';
import type { KeyedTable, StateTables } from '../backend.ts';
import { type Timed, timedType, valueOf } from '../timed.ts';
import type { Border } from './border.ts';
import type { Expiry } from './expiry.ts';

/** `call`: the method that user code has called. */
export interface Cell<T> {
  /** For user code. */
  read(call: string): T | undefined;
  /** What a function of the job folds the next item into; reading it is not a read of the state. */
  base(call: string): T | undefined;
  /** The value has been taken. */
  write(value: T, call: string): void;
  clear(): void;
  /** Drops what has expired; true if something has. */
  clean(): boolean;
}

export function cellOf<T>(
  backend: StateTables,
  { name, type }: { readonly name: string; readonly type: TypeInfo<T>; readonly ttl?: StateTtl },
  border: Border,
  expiry: Expiry | undefined,
): Cell<T> {
  if (expiry === undefined) return new PlainCell(backend.table(name, type), border);
  return new TimedCell(new PlainCell(backend.table(name, timedType(type)), border), border, expiry);
}

export class PlainCell<T> implements Cell<T> {
  readonly #table: KeyedTable<T>;
  readonly #border: Border;

  constructor(table: KeyedTable<T>, border: Border) {
    this.#table = table;
    this.#border = border;
  }

  read(call: string): T | undefined {
    return this.#border.shown(this.peek(call));
  }

  base(call: string): T | undefined {
    return this.read(call);
  }

  /** What user code does not get hold of. It may become part of a frozen value, so it is frozen, too. */
  peek(call: string): T | undefined {
    const running = this.#border.enter(call);
    const value = this.#table.get(undefined);
    this.#border.leave(running);
    deepFreeze(value);
    return value;
  }

  write(value: T, call: string): void {
    const running = this.#border.enter(call);
    this.#table.put(undefined, value);
    this.#border.leave(running);
  }

  clear(): void {
    const running = this.#border.enter('clear');
    this.#table.remove(undefined);
    this.#border.leave(running);
  }

  clean(): boolean {
    return false;
  }
}

class TimedCell<T> implements Cell<T> {
  readonly #cell: PlainCell<Timed<T>>;
  readonly #border: Border;
  readonly #expiry: Expiry;

  constructor(cell: PlainCell<Timed<T>>, border: Border, expiry: Expiry) {
    this.#cell = cell;
    this.#border = border;
    this.#expiry = expiry;
  }

  /** An expired value is deleted, and may be returned this once. */
  read(call: string): T | undefined {
    const stored = this.#cell.peek(call);
    if (stored === undefined) return undefined;
    const value = valueOf(stored);
    if (this.#expiry.isExpired(stored)) {
      this.#cell.clear();
      if (!this.#expiry.returnsExpired) return undefined;
    } else if (this.#expiry.touchesOnRead) {
      this.#cell.write(this.#expiry.touched(value), call);
    }
    return this.#border.shown(value);
  }

  base(call: string): T | undefined {
    const stored = this.#cell.peek(call);
    if (stored === undefined || (!this.#expiry.returnsExpired && this.#expiry.isExpired(stored))) return undefined;
    return this.#border.shown(valueOf(stored));
  }

  write(value: T, call: string): void {
    this.#cell.write(this.#expiry.touched(value), call);
  }

  clear(): void {
    this.#cell.clear();
  }

  clean(): boolean {
    const stored = this.#cell.peek('clean-up');
    if (stored === undefined || !this.#expiry.isExpired(stored)) return false;
    this.#cell.clear();
    return true;
  }
}
