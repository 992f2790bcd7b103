/** The runs that a store consists of now, those that a view still needs, and the removal of the others. */
import {
  type Compaction,
  type Levels,
  nextCompaction,
  NO_LEVELS,
  runsOf,
  withCompacted,
  withFlushed,
} from './levels.ts';
import { type Run, runMemoryBytes } from './run.ts';
import type { RunFiles } from './run-files.ts';

export class RunSet {
  readonly #files: RunFiles;
  #levels: Levels = NO_LEVELS;
  #runs: readonly Run[] = [];
  /** Views that hold a run, by its id. */
  readonly #pins = new Map<number, number>();

  constructor(files: RunFiles) {
    this.#files = files;
  }

  /** The newest first. */
  get runs(): readonly Run[] {
    return this.#runs;
  }
  /** Runs of level 0. */
  get flushed(): number {
    return this.#levels.flushed.length;
  }
  get memoryBytes(): number {
    let bytes = 0;
    for (const run of this.#runs) bytes += runMemoryBytes(run);
    return bytes;
  }

  nextCompaction(memtableBytes: number): Compaction | undefined {
    return nextCompaction(this.#levels, memtableBytes);
  }

  /** A memtable has become a run, which so many views hold already. */
  add(run: Run, views: number): void {
    if (views > 0) this.#pins.set(run.id, views);
    this.#become(withFlushed(this.#levels, run));
  }

  /** Runs of another store, the newest first; those of one key group stay in their order. Before anything is written. */
  adopt(runs: readonly Run[]): void {
    this.#become(runs.reduceRight(withFlushed, this.#levels));
  }

  replace(compaction: Compaction, output: Run | undefined): void {
    this.#become(withCompacted(this.#levels, compaction, output));
    for (const { id } of compaction.inputs) if (!this.#pins.has(id)) this.#files.delete(id);
  }

  pin(runs: readonly Run[]): void {
    for (const { id } of runs) this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1);
  }

  unpin(run: Run): void {
    const left = (this.#pins.get(run.id) ?? 1) - 1;
    if (left > 0) {
      this.#pins.set(run.id, left);
      return;
    }
    this.#pins.delete(run.id);
    if (!this.#runs.includes(run)) this.#files.delete(run.id);
  }

  #become(levels: Levels): void {
    this.#levels = levels;
    this.#runs = runsOf(levels);
  }
}
