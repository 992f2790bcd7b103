/**
 * Clean-up in a compaction: which entries it leaves out, and which of them were there until then (SEMANTICS J8).
 *
 * A merge reads old versions. One that has expired goes, whatever newer ones there are: behind a tombstone, where a level below may
 * hold an older one still. But nothing has changed for the task unless it was the newest: not if the key was written since the merge
 * began, or is in a memtable or in a run above those that are merged.
 */
import type { Coroutine } from '../../waiting.ts';
import type { Binary } from './binary.ts';
import type { LiveEntry, Memtable } from './memtable.ts';
import { Merge } from './merge.ts';
import type { Run } from './run.ts';

/** What stays of an entry: the same bytes, others, or undefined for nothing. */
export type Sift = (entry: LiveEntry) => Uint8Array | undefined;

export class Sifting {
  readonly #sift: Sift;
  /** Keys of which there is a newer version in memory, or was. */
  readonly #written = new Set<Binary>();
  readonly #dropped: Binary[] = [];

  /** `memtables`: those that are in memory when the merge begins. */
  constructor(sift: Sift, memtables: readonly Memtable[]) {
    this.#sift = sift;
    for (const memtable of memtables) for (const { key } of memtable.from('')) this.#written.add(key);
  }

  wrote(key: Binary): void {
    this.#written.add(key);
  }

  kept(entry: LiveEntry): Uint8Array | undefined {
    const kept = this.#sift(entry);
    if (kept !== entry.value) this.#dropped.push(entry.key);
    return kept;
  }

  /** Forgets what a run above holds a newer version of. `supply`: loads what a merge needs. Keys were dropped in order. */
  *forgetHidden(above: readonly Run[], supply: (merge: Merge) => Coroutine<void>): Coroutine<void> {
    const [first] = this.#dropped;
    if (first === undefined) return;
    for (const run of above) {
      const merge = new Merge([{ run }], first);
      for (const key of this.#dropped) {
        yield* supply(merge);
        while (merge.key !== undefined && merge.key < key) {
          merge.next();
          yield* supply(merge);
        }
        if (merge.key === undefined) break;
        if (merge.key === key) this.#written.add(key);
      }
    }
  }

  /** What was there until now, and is not any more, in whole or in part. */
  get visible(): readonly Binary[] {
    return this.#dropped.filter((key) => !this.#written.has(key));
  }
}
