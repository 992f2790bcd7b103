/**
 * Sorted runs: files that are written once, from the first byte to the last, and never changed.
 *
 *     data block ... data block, index block of these, data block ...          the root is the last block
 *
 *     index entry   key: the last one below it; value: offset, length, Bloom filter of the keys of a data block
 *
 * An index block is written as soon as it is full, so that writing takes a block of memory for each level of the tree,
 * however long the run is; reading keeps nothing but what `Run` says. Blocks of the index are cached like those of data.
 */
import { bytesOf, ByteReader } from '../../values/bytes.ts';
import type { Binary } from './binary.ts';
import { type Block, BlockBuilder, type BlockRef, placeOf } from './block.ts';
import { crc32 } from '../../values/checksum.ts';
import { filterOf, hashOf, mayContain } from './bloom.ts';
import type { StoredEntry } from './memtable.ts';

/** What is kept of a run in memory. */
export interface Run {
  /** Unique in its store; names its file. */
  readonly id: number;
  /** Of the checksums of its blocks. */
  readonly seed: number;
  readonly root: BlockRef;
  /** Levels of index blocks above the data blocks. */
  readonly height: number;
  readonly bytes: number;
  /** Of the whole file. */
  readonly checksum: number;
  readonly least: Binary;
  readonly greatest: Binary;
  /**
   * The keys that count: from this one up to the other one, which does not. A run that was restored may hold key groups of other
   * subtasks, as they were when it was written.
   */
  readonly from: Binary;
  readonly to: Binary;
}

/** Above all keys: a key group has sixteen bits. */
export const BEYOND: Binary = '\xff\xff\xff';

const RUN_OVERHEAD_BYTES = 64;

export function runMemoryBytes({ least, greatest, from, to }: Run): number {
  return RUN_OVERHEAD_BYTES + least.length + greatest.length + from.length + to.length;
}

/** Loads a block of a run. */
export type LoadBlock = (run: Run, ref: BlockRef) => Block;

export class RunWriter {
  readonly #id: number;
  readonly #seed: number;
  readonly #blockBytes: number;
  /** 0: data; n: the index of level n - 1. */
  readonly #levels: BlockBuilder[] = [new BlockBuilder()];
  #hashes: number[] = [];
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #offset = 0;
  #checksum = 0;
  #last: BlockRef = { offset: 0, length: 0 };
  #least: Binary | undefined;
  #greatest: Binary = '';

  constructor(id: number, seed: number, blockBytes: number) {
    this.#id = id;
    this.#seed = seed;
    this.#blockBytes = blockBytes;
  }

  /** Bytes that wait to be taken. */
  get ready(): number {
    return this.#pieceBytes;
  }
  get isEmpty(): boolean {
    return this.#least === undefined;
  }

  /** Keys rise. */
  add(entry: StoredEntry): void {
    this.#least ??= entry.key;
    this.#greatest = entry.key;
    this.#hashes.push(hashOf(entry.key));
    this.#addTo(0, entry);
  }

  /** What is to be appended to the file next. */
  take(): Uint8Array {
    const whole = new Uint8Array(this.#pieceBytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#pieceBytes = 0;
    return whole;
  }

  /** Something has been added. What is left of the file is ready afterwards. */
  finish(): Run {
    let level = 0;
    for (; !this.#isRoot(level); level++) {
      if ((this.#levels[level]?.count ?? 0) > 0) this.#close(level);
    }
    return {
      id: this.#id,
      seed: this.#seed,
      root: this.#last,
      height: level - 1,
      bytes: this.#offset,
      checksum: this.#checksum,
      least: this.#least ?? '',
      greatest: this.#greatest,
      from: '',
      to: BEYOND,
    };
  }

  /** The only entry of the top level points to the root. */
  #isRoot(level: number): boolean {
    return level > 0 && level === this.#levels.length - 1 && this.#levels[level]?.count === 1;
  }

  #addTo(level: number, entry: StoredEntry): void {
    let builder = this.#levels[level];
    if (builder === undefined) {
      builder = new BlockBuilder();
      this.#levels.push(builder);
    }
    builder.add(entry);
    // An index block of one entry would make a tower without end.
    if (builder.length >= this.#blockBytes && (level === 0 || builder.count > 1)) this.#close(level);
  }

  #close(level: number): void {
    const builder = this.#levels[level];
    if (builder === undefined) return;
    const key = builder.lastKey;
    const bytes = builder.finish(this.#seed, this.#offset);
    const ref = { offset: this.#offset, length: bytes.length };
    this.#pieces.push(bytes);
    this.#pieceBytes += bytes.length;
    this.#offset += bytes.length;
    this.#checksum = crc32(bytes, bytes.length, this.#checksum);
    this.#last = ref;
    const filter = level === 0 ? filterOf(this.#hashes) : new Uint8Array(0);
    if (level === 0) this.#hashes = [];
    this.#addTo(level + 1, { key, value: childBytes(ref, filter) });
  }
}

function childBytes({ offset, length }: BlockRef, filter: Uint8Array): Uint8Array {
  return bytesOf((out) => {
    out.varint(offset);
    out.varint(length);
    out.bytes(filter);
  });
}

/** What an index block says of a block below it. */
function childOf(block: Block, at: number): { readonly ref: BlockRef; readonly filter: Uint8Array } | undefined {
  const value = block.value(at);
  if (value === undefined) return undefined;
  const input = new ByteReader(value);
  return { ref: { offset: input.varint(), length: input.varint() }, filter: input.bytes() };
}

/** The same without the filter. */
function childRefOf(block: Block, at: number): BlockRef | undefined {
  const value = block.value(at);
  if (value === undefined) return undefined;
  const input = new ByteReader(value);
  return { offset: input.varint(), length: input.varint() };
}

/** The entry of the key, if the run has one: maybe a tombstone. */
export function findInRun(run: Run, key: Binary, load: LoadBlock): StoredEntry | undefined {
  if (key < run.least || key > run.greatest || key < run.from || key >= run.to) return undefined;
  let ref = run.root;
  for (let level = run.height; level > 0; level--) {
    const block = load(run, ref);
    const child = childOf(block, placeOf(block, key));
    if (child === undefined) return undefined;
    if (level === 1 && !mayContain(child.filter, hashOf(key))) return undefined;
    ref = child.ref;
  }
  const block = load(run, ref);
  const at = placeOf(block, key);
  return block.keys[at] === key ? { key, value: block.value(at) } : undefined;
}

interface Step {
  readonly block: Block;
  at: number;
}

/**
 * A place in a run. It reads nothing itself: while `needed` is not undefined its user loads that block, at once or by a
 * coroutine, and gives it to `supply`.
 */
export class RunCursor {
  readonly run: Run;
  #from: Binary;
  /** From the root down. */
  readonly #path: Step[] = [];
  /** The last of the path, if that is a data block with an entry that counts. */
  #leaf: Step | undefined;
  #key: Binary | undefined;
  #needed: BlockRef | undefined;

  /** At the first key that is not below `from`. */
  constructor(run: Run, from: Binary) {
    this.run = run;
    this.#from = from < run.from ? run.from : from;
    this.#needed = this.#from > run.greatest || this.#from >= run.to ? undefined : run.root;
  }

  get needed(): BlockRef | undefined {
    return this.#needed;
  }

  supply(block: Block): void {
    const at = placeOf(block, this.#from);
    this.#path.push({ block, at });
    this.#needed = undefined;
    this.#settle();
  }

  /** Undefined at the end. Nothing is needed. */
  get key(): Binary | undefined {
    return this.#key;
  }

  /** Of the key; undefined: a tombstone. A copy. */
  get value(): Uint8Array | undefined {
    return this.#leaf?.block.value(this.#leaf.at);
  }

  next(): void {
    const leaf = this.#leaf;
    if (leaf === undefined) return;
    leaf.at++;
    this.#from = '';
    if (leaf.at < leaf.block.keys.length) this.#arrive(leaf);
    else this.#settle();
  }

  /** Goes up where a block is at its end, and asks for the next one below. */
  #settle(): void {
    this.#leaf = undefined;
    this.#key = undefined;
    for (let step = this.#path.at(-1); step !== undefined; step = this.#path.at(-1)) {
      if (step.at < step.block.keys.length) {
        if (this.#path.length <= this.run.height) this.#needed = childRefOf(step.block, step.at);
        else this.#arrive(step);
        return;
      }
      this.#path.pop();
      const parent = this.#path.at(-1);
      if (parent !== undefined) parent.at++;
      this.#from = '';
    }
  }

  #arrive(leaf: Step): void {
    const key = leaf.block.keys[leaf.at];
    const counts = key !== undefined && key < this.run.to;
    this.#leaf = counts ? leaf : undefined;
    this.#key = counts ? key : undefined;
  }
}
