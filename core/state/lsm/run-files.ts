/**
 * The runs of one store on the host's disk, and the blocks of them that are cached.
 *
 * A read of a turn blocks (`readNow`); its first failure stays, since whatever the turn does rests on it. Behind the task's
 * back reads and writes are requests of a coroutine. Either way a block is checked when it comes from the disk. Left out:
 * syncing. Nothing here is needed once the process has ended.
 */
import { DamageError, IoError } from '../../errors.ts';
import type { Disk } from '../../ports.ts';
import { bytesOf } from '../../values/bytes.ts';
import type { Coroutine } from '../../waiting.ts';
import type { StateStoreEvent } from '../../facts.ts';
import { type Block, type BlockRef, readBlock } from './block.ts';
import { BlockCache } from './block-cache.ts';
import { crc32 } from '../../values/checksum.ts';
import type { StoredEntry } from './memtable.ts';
import type { Merge } from './merge.ts';
import { type Run, RunWriter } from './run.ts';

export interface RunFilesOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly blockBytes: number;
  readonly event: (event: StateStoreEvent) => void;
}

/** Blocks that one request to the disk writes. */
const APPEND_BLOCKS = 16;

export class RunFiles {
  /** The error of the first read of a turn that failed. */
  failure: IoError | undefined;
  readonly cache = new BlockCache();
  readonly #options: RunFilesOptions;
  /** What cached blocks may take now. */
  readonly #cacheRoom: () => number;
  /** Ids of the files that there are. */
  readonly #ids = new Set<number>();
  #nextId = 1;
  #closed = false;

  constructor(options: RunFilesOptions, cacheRoom: () => number) {
    this.#options = options;
    this.#cacheRoom = cacheRoom;
  }

  /** A block, within a turn. Throws `IoError` if it cannot be read or is damaged. */
  readonly load = (run: Run, ref: BlockRef): Block => {
    const cached = this.cache.get(run.id, ref.offset);
    if (cached !== undefined) return cached;
    try {
      if (this.failure !== undefined) throw this.failure;
      const block = this.#block(run, ref, this.#readNow(run, ref));
      if (!this.cache.put(run.id, ref.offset, block, this.#cacheRoom())) this.#options.event('block-not-cached');
      return block;
    } catch (error) {
      if (error instanceof IoError && this.failure === undefined) {
        this.failure = error;
        this.#options.event('read-failed');
      }
      throw error;
    }
  };

  /** Loads what the merge waits for, within a turn. */
  supplyNow(merge: Merge): void {
    for (let cursor = merge.waiting; cursor !== undefined; cursor = merge.waiting) {
      if (cursor.needed !== undefined) cursor.supply(this.load(cursor.run, cursor.needed));
    }
  }

  /** The same behind the task's back. Throws `IoError`. */
  *supply(merge: Merge): Coroutine<void> {
    for (let cursor = merge.waiting; cursor !== undefined; cursor = merge.waiting) {
      const { run, needed } = cursor;
      if (needed === undefined) continue;
      cursor.supply(this.#block(run, needed, yield* this.read(run, needed)));
    }
  }

  /** Bytes of a run, unchecked. Throws `DamageError` if they are not there, or cannot be read. */
  *read(run: Run, { offset, length }: BlockRef): Coroutine<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = yield* this.#readOrTwice(this.#pathOf(run.id), offset + at, length - at);
      at = this.#filled(run, bytes, part, at);
    }
    return bytes;
  }

  /** What cannot be read at the second try is damage: no later snapshot could read it, either. */
  *#readOrTwice(path: string, at: number, length: number): Coroutine<Uint8Array> {
    const { disk } = this.#options;
    try {
      return yield* disk.read(path, at, length);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
    }
    try {
      return yield* disk.read(path, at, length);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
      throw new DamageError(error.message);
    }
  }

  /** The whole file, which is what was written. Throws `IoError` if it is not. */
  *readWhole(run: Run): Coroutine<Uint8Array> {
    const bytes = yield* this.read(run, { offset: 0, length: run.bytes });
    this.#checkWhole(run, bytes, this.#pathOf(run.id));
    return bytes;
  }

  /** A run of another store becomes one of this. `name`: where the bytes come from. Throws `IoError` if they are damaged. */
  *adopt(foreign: Run, bytes: Uint8Array, name: string): Coroutine<Run> {
    this.#checkWhole(foreign, bytes, name);
    const run = { ...foreign, id: this.#newId() };
    const { blockBytes } = this.#options;
    const piece = APPEND_BLOCKS * blockBytes;
    for (let at = 0; at < bytes.length; at += piece) {
      yield* this.#append(run.id, bytes.slice(at, at + piece));
    }
    return run;
  }

  /** A new run. Its file begins with the first bytes that are appended. */
  create(): RunOutput {
    const id = this.#newId();
    const { directory, blockBytes } = this.#options;
    const seed = crc32(
      bytesOf((out) => {
        out.string(`${directory}/${id}`);
      }),
    );
    const append = (bytes: Uint8Array): Coroutine<void> => this.#append(id, bytes);
    return new RunOutput(new RunWriter(id, seed, blockBytes), APPEND_BLOCKS * blockBytes, append, () => this.#closed);
  }

  /** Nobody waits for it. */
  delete(id: number): void {
    this.cache.forget(id);
    if (this.#ids.delete(id)) this.#options.disk.remove(this.#pathOf(id));
  }

  /** Everything goes. What is still being written comes to no end. */
  close(): void {
    this.#closed = true;
    for (const id of [...this.#ids]) this.delete(id);
  }

  #newId(): number {
    const id = this.#nextId++;
    this.#ids.add(id);
    return id;
  }

  #checkWhole(run: Run, bytes: Uint8Array, what: string): void {
    if (bytes.length === run.bytes && crc32(bytes) === run.checksum) return;
    this.#options.event('block-damaged');
    throw new DamageError(`${what} is damaged: it is not the run of ${run.bytes} bytes that was written`);
  }

  #readNow(run: Run, { offset, length }: BlockRef): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const part = this.#options.disk.readNow(this.#pathOf(run.id), offset + at, length - at);
      at = this.#filled(run, bytes, part, at);
    }
    return bytes;
  }

  *#append(id: number, bytes: Uint8Array): Coroutine<void> {
    try {
      yield* this.#options.disk.append(this.#pathOf(id), bytes);
    } catch (error) {
      if (error instanceof IoError) this.#options.event('append-failed');
      throw error;
    }
  }

  /** A read may be short: the place behind what it gave. */
  #filled(run: Run, bytes: Uint8Array, part: Uint8Array, at: number): number {
    if (part.length === 0) throw new DamageError(`${this.#pathOf(run.id)} is too short`);
    bytes.set(part, at);
    return at + part.length;
  }

  #block(run: Run, { offset }: BlockRef, bytes: Uint8Array): Block {
    try {
      return readBlock(bytes, run.seed, offset, this.#pathOf(run.id));
    } catch (error) {
      if (error instanceof IoError) this.#options.event('block-damaged');
      throw error;
    }
  }

  #pathOf(id: number): string {
    return `${this.#options.directory}.run-${id}`;
  }
}

/** A run while it is written. */
export class RunOutput {
  readonly #writer: RunWriter;
  readonly #appendBytes: number;
  readonly #append: (bytes: Uint8Array) => Coroutine<void>;
  readonly #isClosed: () => boolean;

  constructor(
    writer: RunWriter,
    appendBytes: number,
    append: (bytes: Uint8Array) => Coroutine<void>,
    isClosed: () => boolean,
  ) {
    this.#writer = writer;
    this.#appendBytes = appendBytes;
    this.#append = append;
    this.#isClosed = isClosed;
  }

  /** Keys rise. True: `flush` before the next one. */
  add(entry: StoredEntry): boolean {
    this.#writer.add(entry);
    return this.#writer.ready >= this.#appendBytes;
  }

  *flush(): Coroutine<void> {
    if (!this.#isClosed()) yield* this.#append(this.#writer.take());
  }

  /** Undefined: nothing has been added. */
  *finish(): Coroutine<Run | undefined> {
    if (this.#writer.isEmpty) return undefined;
    const run = this.#writer.finish();
    yield* this.flush();
    return run;
  }
}
