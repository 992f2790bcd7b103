/**
 * What is sorted in batch, and runs of it on the host's disk.
 *
 * Order (SEMANTICS E3): key bytes, timestamp (none is before any), edge, sender, position on the channel. It is total.
 *
 * File: blocks of entries and their checksum; where they lie is kept in memory, since a run is of no use to another process.
 * Nothing is synced. A block whose checksum is wrong is a `DamageError`: the stage runs again from its inputs.
 */
import { DamageError } from '../errors.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { Disk } from '../ports.ts';
import { crc32 } from '../values/checksum.ts';
import { ByteReader, ByteWriter, compareBytes } from '../values/bytes.ts';
import type { Coroutine } from '../waiting.ts';

export interface SortEntry {
  readonly key: Uint8Array;
  readonly timestamp: Timestamp | undefined;
  readonly edge: number;
  readonly sender: number;
  /** On its channel. */
  readonly seq: number;
  readonly value: Uint8Array;
}

export function compareEntries(a: SortEntry, b: SortEntry): number {
  return (
    compareBytes(a.key, b.key) ||
    (a.timestamp ?? MIN_TIMESTAMP) - (b.timestamp ?? MIN_TIMESTAMP) ||
    a.edge - b.edge ||
    a.sender - b.sender ||
    a.seq - b.seq
  );
}

/** What an entry takes in memory beside its bytes, about. */
const ENTRY_BYTES = 96;

export function sizeOf({ key, value }: SortEntry): number {
  return ENTRY_BYTES + key.length + value.length;
}

const CHECKSUM_BYTES = 4;

interface BlockRef {
  readonly at: number;
  readonly length: number;
}

export interface SortedRun {
  readonly path: string;
  /** How often its entries have been merged. */
  readonly level: number;
  readonly blocks: readonly BlockRef[];
}

/** Writes a run, entry by entry, in order. */
export class RunWriter {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #level: number;
  readonly #blockBytes: number;
  readonly #blocks: BlockRef[] = [];
  readonly #out = new ByteWriter();
  #end = 0;

  constructor(disk: Disk, path: string, level: number, blockBytes: number) {
    this.#disk = disk;
    this.#path = path;
    this.#level = level;
    this.#blockBytes = blockBytes;
  }

  /** True: `flush` before the next one. */
  add({ key, timestamp, edge, sender, seq, value }: SortEntry): boolean {
    const out = this.#out;
    out.bytes(key);
    out.bool(timestamp !== undefined);
    if (timestamp !== undefined) out.zigzag(timestamp);
    out.varint(edge);
    out.varint(sender);
    out.varint(seq);
    out.bytes(value);
    return out.length >= this.#blockBytes;
  }

  *flush(): Coroutine<void> {
    if (this.#out.length === 0) return;
    const entries = this.#out.take();
    const block = new Uint8Array(entries.length + CHECKSUM_BYTES);
    block.set(entries);
    new DataView(block.buffer).setUint32(entries.length, crc32(entries));
    yield* this.#disk.append(this.#path, block);
    this.#blocks.push({ at: this.#end, length: block.length });
    this.#end += block.length;
  }

  *finish(): Coroutine<SortedRun> {
    yield* this.flush();
    return { path: this.#path, level: this.#level, blocks: this.#blocks };
  }
}

/** Reads a run from its start, a block at a time. */
export class RunReader {
  readonly #disk: Disk;
  readonly #run: SortedRun;
  #entries: readonly SortEntry[] = [];
  #at = 0;
  #block = 0;

  constructor(disk: Disk, run: SortedRun) {
    this.#disk = disk;
    this.#run = run;
  }

  /** The next entry; undefined: `load` first, or, if nothing was loaded, there is none. */
  get head(): SortEntry | undefined {
    return this.#entries[this.#at];
  }

  advance(): void {
    this.#at++;
  }

  /** The next block. Without effect behind the last one. Throws `IoError`, and `DamageError` for what was not written so. */
  *load(): Coroutine<void> {
    const ref = this.#run.blocks[this.#block];
    if (ref === undefined) return;
    this.#block++;
    const { path } = this.#run;
    const bytes = new Uint8Array(ref.length);
    for (let at = 0; at < ref.length;) {
      const part = yield* this.#disk.read(path, ref.at + at, ref.length - at);
      if (part.length === 0) throw new DamageError(`${path} is too short`);
      bytes.set(part, at);
      at += part.length;
    }
    const end = ref.length - CHECKSUM_BYTES;
    if (crc32(bytes, end) !== new DataView(bytes.buffer).getUint32(end)) throw new DamageError(`${path} is damaged`);
    this.#entries = entriesOf(new ByteReader(bytes, 0, end));
    this.#at = 0;
  }
}

function entriesOf(input: ByteReader): readonly SortEntry[] {
  const entries: SortEntry[] = [];
  while (input.remaining > 0) {
    const key = input.bytes();
    const timestamp = input.bool() ? input.zigzag() : undefined;
    const edge = input.varint();
    const sender = input.varint();
    const seq = input.varint();
    entries.push({ key, timestamp, edge, sender, seq, value: input.bytes() });
  }
  return entries;
}
