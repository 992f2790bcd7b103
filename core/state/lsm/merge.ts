/** Several sorted sources as one, in order of key: of equal keys the newest, tombstones included. */
import type { Binary } from './binary.ts';
import type { Memtable, StoredEntry } from './memtable.ts';
import { type Run, RunCursor } from './run.ts';

/** A memtable or a run. */
export type Part = { readonly memtable: Memtable } | { readonly run: Run };

interface Cursor {
  /** Undefined at the end. */
  readonly key: Binary | undefined;
  /** Of `key`; undefined: a tombstone. Asked for only where it is needed: a run makes it of its block then. */
  readonly value: Uint8Array | undefined;
  next(): void;
}

/** Its loops are without `for of`, which makes an iterator as long as the code is not optimized. */
export class Merge {
  readonly #cursors: Cursor[] = [];
  readonly #runs: RunCursor[] = [];

  /** `parts`: the newest first. From the first key that is not below `from`. */
  constructor(parts: readonly Part[], from: Binary) {
    for (const part of parts) {
      if ('memtable' in part) this.#cursors.push(part.memtable.cursor(from));
      else this.#addRun(new RunCursor(part.run, from));
    }
  }

  /** One that is at its end already never has anything. */
  #addRun(cursor: RunCursor): void {
    if (cursor.needed === undefined) return;
    this.#cursors.push(cursor);
    this.#runs.push(cursor);
  }

  /** A run that needs a block before `key`, `entry` and `next` may be called. */
  get waiting(): RunCursor | undefined {
    const runs = this.#runs;
    for (let i = 0; i < runs.length; i++) if (runs[i]?.needed !== undefined) return runs[i];
    return undefined;
  }

  get key(): Binary | undefined {
    return this.#least()?.key;
  }

  get entry(): StoredEntry | undefined {
    const least = this.#least();
    return least?.key === undefined ? undefined : { key: least.key, value: least.value };
  }

  /** Behind the present key, in all sources. */
  next(): void {
    const { key } = this;
    if (key === undefined) return;
    const cursors = this.#cursors;
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[i];
      if (cursor?.key === key) cursor.next();
    }
  }

  /** The newest source of the least key. */
  #least(): Cursor | undefined {
    let least: Cursor | undefined;
    let leastKey: Binary | undefined;
    const cursors = this.#cursors;
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[i];
      const key = cursor?.key;
      if (key === undefined || (leastKey !== undefined && key >= leastKey)) continue;
      least = cursor;
      leastKey = key;
    }
    return least;
  }
}
