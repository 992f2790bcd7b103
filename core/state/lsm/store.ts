/**
 * An ordered map of bytes in a budget of memory: what is written last in a memtable, everything else in sorted runs on the
 * host's disk (O'Neil et al., "The log-structured merge-tree").
 *
 *     put, remove -> memtable --full--> waits to be flushed --flush--> run in level 0 --compaction--> levels 1, 2 ...
 *     get, scan   <- memtable, memtables that wait, level 0, level 1, ...: the first that has the key says what it holds
 *
 * Flush and compaction are coroutines behind the task's back. `admit` says when the task has to wait: two memtables are full,
 * or flushes come faster than they are merged. A `View` is the content at one moment; what it needs is not removed from the
 * disk before `release`.
 *
 * The budget holds memtables, what is kept of each run, cached blocks, and what the owner says that it keeps; one turn may
 * write more. Beside it is what reads and merges under way have in hand: of each run a block for each level of its tree, and where
 * merges clean up the keys that they have dropped, and those that were written meanwhile; and what views keep of runs that have been
 * replaced since.
 */
import { IoError } from '../../errors.ts';
import type { Disk } from '../../ports.ts';
import { type Coroutine, Deferred, type Pending, type Scope } from '../../waiting.ts';
import type { StateStoreEvent } from '../../facts.ts';
import { type Binary, successor } from './binary.ts';
import type { Compaction } from './levels.ts';
import { isLive, type LiveEntry, Memtable } from './memtable.ts';
import { Merge, type Part } from './merge.ts';
import { findInRun, type Run } from './run.ts';
import { RunFiles } from './run-files.ts';
import { RunSet } from './run-set.ts';
import { type Sift, Sifting } from './sifting.ts';

export interface StoreOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly scope: Scope;
  readonly memoryBytes: number;
  readonly event: (event: StateStoreEvent) => void;
  /** What the owner keeps in memory itself, in bytes. */
  readonly ownBytes: () => number;
  /** Asked when runs begin to be merged: what stays of each entry. Undefined: all of it. */
  readonly sift?: () => Sift | undefined;
  /** What merges have left out that was there until now, in whole or in part. */
  readonly dropped?: (keys: readonly Binary[]) => void;
}

/** Runs of level 0 with which the task has to wait for a compaction. */
const STALLED_RUNS = 12;
const BLOCK_BYTES = { least: 256, most: 4_096 } as const;

/** A memtable that waits to be flushed. */
interface Frozen {
  readonly memtable: Memtable;
  readonly flush: Flush;
}

/** What views hold of such a memtable: not itself, which goes when it has become a run, however long they take. */
interface Flush {
  run: Run | undefined;
  /** Of as many views, while there is no run. */
  views: number;
}

export interface View {
  /** The newest first. */
  readonly parts: readonly (Flush | Run)[];
}

/** In bytes. */
export interface StoreMemory {
  readonly memtables: number;
  readonly runs: number;
  readonly cache: number;
  readonly own: number;
}

export class LsmStore {
  readonly #options: StoreOptions;
  readonly #memtableBytes: number;
  readonly #files: RunFiles;
  #active = new Memtable();
  /** The newest first. */
  #frozen: readonly Frozen[] = [];
  readonly #runs: RunSet;
  readonly #work = { flushing: false, compacting: false, closed: false };
  /** Of the merge under way. */
  #sifting: Sifting | undefined;
  /** Settle when a flush or a compaction has ended. */
  #waiters: Deferred<void>[] = [];

  constructor(options: StoreOptions) {
    const { disk, directory, event, memoryBytes } = options;
    this.#options = options;
    // Two of them are a quarter: most of the memory is for blocks, since a read that finds none blocks its turn.
    this.#memtableBytes = memoryBytes >> 3;
    const blockBytes = Math.min(BLOCK_BYTES.most, Math.max(BLOCK_BYTES.least, memoryBytes >> 6));
    this.#files = new RunFiles({ disk, directory, event, blockBytes }, () => this.#cacheRoom);
    this.#runs = new RunSet(this.#files);
  }

  /** The error of the first read of a turn that failed. */
  get failure(): IoError | undefined {
    return this.#files.failure;
  }

  // ---- in a turn

  get(key: Binary): Uint8Array | undefined {
    const written = this.#active.get(key);
    if (written !== undefined) return written.value;
    for (const { memtable } of this.#frozen) {
      const entry = memtable.get(key);
      if (entry !== undefined) return entry.value;
    }
    for (const run of this.#runs.runs) {
      const entry = findInRun(run, key, this.#files.load);
      if (entry !== undefined) return entry.value;
    }
    return undefined;
  }

  /** `value` undefined: removed. */
  set(key: Binary, value: Uint8Array | undefined): void {
    this.#active.set(key, value);
    this.#sifting?.wrote(key);
    this.#fitCache();
  }

  /** What is there from `from` on, in order. The caller writes nothing before it is done with it. */
  *scan(from: Binary): Generator<LiveEntry, void> {
    const merge = this.#mergeOfAll(from);
    for (let entry = this.#nextLive(merge); entry !== undefined; entry = this.#nextLive(merge)) {
      yield entry;
      merge.next();
    }
  }

  /** The first that is there from `from` on, if its key begins so. */
  first(prefix: Binary, from = prefix): LiveEntry | undefined {
    const entry = this.#nextLive(this.#mergeOfAll(from));
    return entry?.key.startsWith(prefix) === true ? entry : undefined;
  }

  /** All whose key begins so, from `from` on. */
  *withPrefix(prefix: Binary, from = prefix): Generator<LiveEntry, void> {
    const end = successor(prefix);
    for (const entry of this.scan(from)) {
      if (end !== undefined && entry.key >= end) return;
      yield entry;
    }
  }

  // ---- between turns

  admit(): Pending<void> | undefined {
    if (this.#active.bytes >= this.#memtableBytes && this.#frozenBytes < this.#memtableBytes) this.#freeze();
    this.#schedule();
    const full = this.#frozen.length > 0 && this.#active.bytes + this.#frozenBytes >= 2 * this.#memtableBytes;
    if (!full && this.#runs.flushed < STALLED_RUNS) return undefined;
    this.#options.event('write-stalled');
    return this.#nextEnd(full ? 'a memtable to be flushed' : 'runs to be merged');
  }

  // ---- views

  /** The content as it is now. What is in memory is flushed behind the task's back. */
  view(): View {
    this.#freeze();
    this.#schedule();
    for (const { flush } of this.#frozen) flush.views++;
    const { runs } = this.#runs;
    this.#runs.pin(runs);
    return { parts: [...this.#frozen.map(({ flush }) => flush), ...runs] };
  }

  release({ parts }: View): void {
    for (const part of parts) {
      if (!('views' in part)) this.#runs.unpin(part);
      else if (part.run === undefined) part.views--;
      else this.#runs.unpin(part.run);
    }
  }

  /** What a view consists of, the newest first, once all of it is on the disk. */
  *runsOf({ parts }: View): Coroutine<readonly Run[]> {
    const runs: Run[] = [];
    for (const part of parts) {
      if ('views' in part) while (part.run === undefined) yield* this.#nextEnd('a memtable to be flushed');
      const run = 'views' in part ? part.run : part;
      if (run !== undefined) runs.push(run);
    }
    return runs;
  }

  /** Shows every entry of the runs of a view, in order of key. Throws `IoError`. */
  *visit(runs: readonly Run[], visitor: (entry: LiveEntry) => void): Coroutine<void> {
    const merge = new Merge(partsOf(runs), '');
    for (;;) {
      yield* this.#files.supply(merge);
      const { entry } = merge;
      if (entry === undefined) return;
      if (isLive(entry)) visitor(entry);
      merge.next();
    }
  }

  /** The bytes of a run. Throws `IoError`. */
  readRun(run: Run): Coroutine<Uint8Array> {
    return this.#files.readWhole(run);
  }

  /** Takes over runs of another store, the newest first, before anything is written. Throws `IoError` if one is damaged. */
  *adopt(
    foreign: readonly { readonly run: Run; readonly bytes: Uint8Array; readonly name: string }[],
  ): Coroutine<readonly Run[]> {
    const runs: Run[] = [];
    for (const { run, bytes, name } of foreign) runs.push(yield* this.#files.adopt(run, bytes, name));
    this.#runs.adopt(runs);
    return runs;
  }

  /** Nothing is called any more. Its files go. */
  close(): void {
    this.#work.closed = true;
    this.#files.close();
  }

  // ---- memory

  get memory(): StoreMemory {
    const memtables = this.#active.bytes + this.#frozenBytes;
    return { memtables, runs: this.#runs.memoryBytes, cache: this.#files.cache.bytes, own: this.#options.ownBytes() };
  }

  /** The same, counted anew: every entry and every block. */
  measured(): StoreMemory {
    const memtables = [this.#active, ...this.#frozen.map(({ memtable }) => memtable)];
    return {
      memtables: memtables.reduce((sum, memtable) => sum + memtable.measuredBytes, 0),
      runs: this.#runs.memoryBytes,
      cache: this.#files.cache.measuredBytes,
      own: this.#options.ownBytes(),
    };
  }

  get #frozenBytes(): number {
    let bytes = 0;
    for (const { memtable } of this.#frozen) bytes += memtable.bytes;
    return bytes;
  }

  get #cacheRoom(): number {
    const { memtables, runs, own } = this.memory;
    return Math.max(0, this.#options.memoryBytes - memtables - runs - own);
  }

  #fitCache(): void {
    const { cache } = this.#files;
    if (cache.size > 0) cache.fit(this.#cacheRoom);
  }

  // ---- flush and compaction

  #mergeOfAll(from: Binary): Merge {
    const parts: Part[] = [{ memtable: this.#active }];
    for (const { memtable } of this.#frozen) parts.push({ memtable });
    for (const run of this.#runs.runs) parts.push({ run });
    return new Merge(parts, from);
  }

  /** Passes over tombstones, within a turn. */
  #nextLive(merge: Merge): LiveEntry | undefined {
    for (;;) {
      this.#files.supplyNow(merge);
      const { entry } = merge;
      if (entry === undefined || isLive(entry)) return entry;
      merge.next();
    }
  }

  #freeze(): void {
    if (this.#active.isEmpty) return;
    this.#frozen = [{ memtable: this.#active, flush: { run: undefined, views: 0 } }, ...this.#frozen];
    this.#active = new Memtable();
  }

  #schedule(): void {
    const { scope } = this.#options;
    if (!this.#work.flushing && this.#frozen.length > 0) {
      this.#work.flushing = true;
      scope.spawn('flush', this.#reported(this.#flushAll(), 'flush-failed'));
    }
    if (!this.#work.compacting && this.#runs.nextCompaction(this.#memtableBytes) !== undefined) {
      this.#work.compacting = true;
      scope.spawn('compaction', this.#reported(this.#compactAll(), 'compaction-failed'));
    }
  }

  /** What fails here fails the task: nobody else waits for it. */
  *#reported(body: Coroutine<void>, event: StateStoreEvent): Coroutine<void> {
    try {
      yield* body;
    } catch (error) {
      if (error instanceof IoError) this.#options.event(event);
      throw error;
    }
  }

  /** The oldest first, so that level 0 is in order. */
  *#flushAll(): Coroutine<void> {
    for (let oldest = this.#frozen.at(-1); oldest !== undefined; oldest = this.#frozen.at(-1)) {
      this.#options.event('flush-started');
      const output = this.#files.create();
      for (const entry of oldest.memtable.from('')) if (output.add(entry)) yield* output.flush();
      const run = yield* output.finish();
      if (this.#work.closed || run === undefined) return;
      oldest.flush.run = run;
      this.#frozen = this.#frozen.slice(0, -1);
      this.#runs.add(run, oldest.flush.views);
      this.#ended('flush-ended');
    }
    this.#work.flushing = false;
  }

  *#compactAll(): Coroutine<void> {
    for (;;) {
      const compaction = this.#runs.nextCompaction(this.#memtableBytes);
      if (compaction === undefined) break;
      this.#options.event('compaction-started');
      const { runs } = this.#runs;
      const [newest] = compaction.inputs;
      const above = newest === undefined ? [] : runs.slice(0, runs.indexOf(newest));
      this.#sifting = this.#newSifting();
      const output = yield* this.#compacted(compaction);
      if (this.#work.closed) return;
      if (this.#sifting !== undefined) yield* this.#sifting.forgetHidden(above, (merge) => this.#files.supply(merge));
      if (this.#work.closed) return;
      this.#runs.replace(compaction, output);
      const dropped = this.#sifting?.visible ?? [];
      this.#sifting = undefined;
      if (dropped.length > 0) this.#options.dropped?.(dropped);
      this.#ended(compaction.dropsTombstones ? 'compaction-ended' : 'tombstones-kept');
    }
    this.#work.compacting = false;
  }

  #newSifting(): Sifting | undefined {
    const sift = this.#options.sift?.();
    if (sift === undefined) return undefined;
    return new Sifting(sift, [this.#active, ...this.#frozen.map(({ memtable }) => memtable)]);
  }

  /** Undefined: nothing is left. */
  *#compacted({ inputs, dropsTombstones }: Compaction): Coroutine<Run | undefined> {
    const merge = new Merge(partsOf(inputs), '');
    const output = this.#files.create();
    while (!this.#work.closed) {
      yield* this.#files.supply(merge);
      const { entry } = merge;
      if (entry === undefined) break;
      const { key, value } = entry;
      const kept = value === undefined || this.#sifting === undefined ? value : this.#sifting.kept({ key, value });
      if ((kept !== undefined || !dropsTombstones) && output.add({ key, value: kept })) yield* output.flush();
      merge.next();
    }
    return yield* output.finish();
  }

  #ended(event: StateStoreEvent): void {
    this.#options.event(event);
    this.#fitCache();
    this.#schedule();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve();
  }

  /** The end of a flush or a compaction. */
  #nextEnd(what: string): Pending<void> {
    const waiter = new Deferred<void>(what);
    this.#waiters.push(waiter);
    return waiter;
  }
}

function partsOf(runs: readonly Run[]): readonly Part[] {
  return runs.map((run) => ({ run }));
}
