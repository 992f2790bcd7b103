/** Several sorted sources as one, in order of key: of equal keys the newest, tombstones included. */
import type { Binary } from './binary.ts';
import type { Memtable, StoredEntry } from './memtable.ts';
import { type Run, RunCursor } from './run.ts';

/** A memtable or a run. */
export type Part = { readonly memtable: Memtable } | { readonly run: Run };

interface Cursor {
  readonly entry: StoredEntry | undefined;
  next(): void;
}

class MemtableCursor implements Cursor {
  readonly #entries: Generator<StoredEntry, void>;
  entry: StoredEntry | undefined;

  constructor(memtable: Memtable, from: Binary) {
    this.#entries = memtable.from(from);
    this.next();
  }

  next(): void {
    const next = this.#entries.next();
    this.entry = next.done === true ? undefined : next.value;
  }
}

export class Merge {
  readonly #cursors: readonly Cursor[];
  readonly #runs: readonly RunCursor[];

  /** `parts`: the newest first. From the first key that is not below `from`. */
  constructor(parts: readonly Part[], from: Binary) {
    const runs: RunCursor[] = [];
    this.#cursors = parts.map((part) => {
      if ('memtable' in part) return new MemtableCursor(part.memtable, from);
      const cursor = new RunCursor(part.run, from);
      runs.push(cursor);
      return cursor;
    });
    this.#runs = runs;
  }

  /** A run that needs a block before `entry` and `next` may be called. */
  get waiting(): RunCursor | undefined {
    return this.#runs.find(({ needed }) => needed !== undefined);
  }

  get entry(): StoredEntry | undefined {
    let least: StoredEntry | undefined;
    for (const { entry } of this.#cursors) {
      if (entry !== undefined && (least === undefined || entry.key < least.key)) least = entry;
    }
    return least;
  }

  /** Behind the present key, in all sources. */
  next(): void {
    const key = this.entry?.key;
    if (key === undefined) return;
    for (const cursor of this.#cursors) if (cursor.entry?.key === key) cursor.next();
  }
}
