/**
 * Sorts more than fits into memory (Flink: `ExternalSorter`).
 *
 *   add -> [memory] -> over the budget: sorted, written to the host's disk as a run
 *                      FAN_IN runs of one level: merged into one of the next
 *   next <- merge of the runs and of what is in memory
 *
 * At a time at most FAN_IN - 1 runs of each level are read, a block of each.
 */
import type { Disk } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import { compareEntries, RunReader, RunWriter, sizeOf, type SortEntry, type SortedRun } from './sorted-run.ts';

const FAN_IN = 16;
const BLOCK_BYTES = { min: 256, max: 32 * 1024 } as const;

export interface ExternalSortOptions {
  readonly disk: Disk;
  /** Its files on the disk begin so. */
  readonly prefix: string;
  readonly memoryBytes: number;
  /** A run of so many records is on the disk. */
  readonly spilled: (records: number) => void;
  /** So many runs have become one. */
  readonly merged: (runs: number) => void;
}

/** A sorted sequence: the head is what comes next, `load` brings it where it is on the disk. */
interface Sequence {
  readonly head: SortEntry | undefined;
  advance(): void;
  load(): Coroutine<void>;
}

export class ExternalSort {
  readonly #options: ExternalSortOptions;
  readonly #blockBytes: number;
  #memory: SortEntry[] = [];
  #memoryBytes = 0;
  #runs: readonly SortedRun[] = [];
  #nextRun = 0;
  #merge: Sequence[] = [];

  constructor(options: ExternalSortOptions) {
    this.#options = options;
    this.#blockBytes = Math.min(BLOCK_BYTES.max, Math.max(BLOCK_BYTES.min, Math.floor(options.memoryBytes / FAN_IN)));
  }

  /** True: `spill` before the next one. */
  add(entry: SortEntry): boolean {
    this.#memory.push(entry);
    this.#memoryBytes += sizeOf(entry);
    return this.#memoryBytes > this.#options.memoryBytes;
  }

  /** What is in memory goes to the disk. */
  *spill(): Coroutine<void> {
    const entries = this.#memory.sort(compareEntries);
    if (entries.length === 0) return;
    this.#memory = [];
    this.#memoryBytes = 0;
    const writer = this.#writer(0);
    for (const entry of entries) if (writer.add(entry)) yield* writer.flush();
    this.#runs = [...this.#runs, yield* writer.finish()];
    this.#options.spilled(entries.length);
    yield* this.#mergeFull();
  }

  /** Everything has been added; `next` gives it back. */
  *finish(): Coroutine<void> {
    const readers = this.#runs.map((run) => new RunReader(this.#options.disk, run));
    this.#merge = [...readers, new InMemory(this.#memory.sort(compareEntries))];
    yield* this.#fill();
  }

  /** The next ones in order, at most `count`; none at the end. */
  *next(count: number): Coroutine<readonly SortEntry[]> {
    const entries: SortEntry[] = [];
    while (entries.length < count) {
      const least = leastOf(this.#merge);
      if (least?.head === undefined) break;
      entries.push(least.head);
      least.advance();
      if (least.head === undefined) yield* this.#refill(least);
    }
    return entries;
  }

  /** Its files go; nobody waits for it. */
  close(): void {
    for (const { path } of this.#runs) this.#options.disk.remove(path);
    this.#runs = [];
  }

  *#mergeFull(): Coroutine<void> {
    for (;;) {
      const full = this.#runs.find(({ level }) => this.#runs.filter((run) => run.level === level).length >= FAN_IN);
      if (full === undefined) return;
      const merging = this.#runs.filter(({ level }) => level === full.level);
      const { disk, merged } = this.#options;
      const readers = merging.map((run) => new RunReader(disk, run));
      const writer = this.#writer(full.level + 1);
      for (const reader of readers) yield* reader.load();
      for (;;) {
        const least = leastOf(readers);
        if (least?.head === undefined) break;
        if (writer.add(least.head)) yield* writer.flush();
        least.advance();
        if (least.head === undefined) yield* least.load();
      }
      const run = yield* writer.finish();
      this.#runs = [...this.#runs.filter((one) => !merging.includes(one)), run];
      for (const { path } of merging) disk.remove(path);
      merged(merging.length);
    }
  }

  #writer(level: number): RunWriter {
    const { disk, prefix } = this.#options;
    return new RunWriter(disk, `${prefix}${this.#nextRun++}`, level, this.#blockBytes);
  }

  *#fill(): Coroutine<void> {
    for (const sequence of [...this.#merge]) yield* this.#refill(sequence);
  }

  /** One that has come to its end takes part no more. */
  *#refill(sequence: Sequence): Coroutine<void> {
    if (sequence.head === undefined) yield* sequence.load();
    if (sequence.head === undefined) this.#merge = this.#merge.filter((one) => one !== sequence);
  }
}

class InMemory implements Sequence {
  readonly #entries: readonly SortEntry[];
  #at = 0;

  constructor(entries: readonly SortEntry[]) {
    this.#entries = entries;
  }

  get head(): SortEntry | undefined {
    return this.#entries[this.#at];
  }

  advance(): void {
    this.#at++;
  }

  *load(): Coroutine<void> {
    // It is all here.
  }
}

/** A few dozen at most: looking at each costs less than keeping them in order. */
function leastOf<S extends Sequence>(sequences: readonly S[]): S | undefined {
  let least: S | undefined;
  for (const sequence of sequences) {
    const { head } = sequence;
    if (head === undefined) continue;
    if (least?.head === undefined || compareEntries(head, least.head) < 0) least = sequence;
  }
  return least;
}
