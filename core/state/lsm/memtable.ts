/**
 * What was written last, in order of key: chunks of a sorted list, so that an insertion moves few entries. Removed keys stay
 * as tombstones, since an older run may hold them.
 */
import type { Binary } from './binary.ts';

/** `value` undefined: a tombstone. */
export interface StoredEntry {
  readonly key: Binary;
  readonly value: Uint8Array | undefined;
}

/** What is there, with its value. */
export interface LiveEntry {
  readonly key: Binary;
  readonly value: Uint8Array;
}

/** Not a tombstone. */
export function isLive(entry: StoredEntry): entry is LiveEntry {
  return entry.value !== undefined;
}

/** What an entry takes beside its bytes. */
export const ENTRY_OVERHEAD_BYTES = 32;
const CHUNK_MAX = 64;

export function entryBytes({ key, value }: StoredEntry): number {
  return ENTRY_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
}

export class Memtable {
  readonly #chunks: StoredEntry[][] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }
  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }
  /** Counted anew. */
  get measuredBytes(): number {
    return this.#chunks.flat().reduce((sum, entry) => sum + entryBytes(entry), 0);
  }

  get(key: Binary): StoredEntry | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    const entry = chunk?.[lowerBound(chunk, key)];
    return entry?.key === key ? entry : undefined;
  }

  /** `value` undefined: removed. */
  set(key: Binary, value: Uint8Array | undefined): void {
    const entry = { key, value };
    this.#bytes += entryBytes(entry);
    const place = this.#chunkOf(key);
    const chunk = this.#chunks[place];
    if (chunk === undefined) {
      const last = this.#chunks.at(-1);
      if (last === undefined) this.#chunks.push([entry]);
      else this.#insert(this.#chunks.length - 1, last, last.length, entry);
      return;
    }
    const at = lowerBound(chunk, key);
    const before = chunk[at];
    if (before?.key === key) {
      this.#bytes -= entryBytes(before);
      chunk[at] = entry;
    } else {
      this.#insert(place, chunk, at, entry);
    }
  }

  /** From the first key that is not below `from`. Not to be used further after a write. */
  *from(from: Binary): Generator<StoredEntry, void> {
    for (let place = this.#chunkOf(from); ; place++) {
      const chunk = this.#chunks[place];
      if (chunk === undefined) return;
      for (let at = lowerBound(chunk, from); at < chunk.length; at++) {
        const entry = chunk[at];
        if (entry !== undefined) yield entry;
      }
    }
  }

  /** At the first key that is not below `from`. Not to be used further after a write. */
  cursor(from: Binary): MemtableCursor {
    const place = this.#chunkOf(from);
    const chunk = this.#chunks[place];
    return new MemtableCursor(this.#chunks, place, chunk === undefined ? 0 : lowerBound(chunk, from));
  }

  #insert(place: number, chunk: StoredEntry[], at: number, entry: StoredEntry): void {
    chunk.splice(at, 0, entry);
    if (chunk.length > CHUNK_MAX) this.#chunks.splice(place + 1, 0, chunk.splice(CHUNK_MAX >> 1));
  }

  /** The first chunk whose last key is not below. */
  #chunkOf(key: Binary): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && last.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A place in a memtable. A merge makes one for each scan: it costs less than a generator, and less than one at each step. */
export class MemtableCursor {
  readonly #chunks: readonly (readonly StoredEntry[])[];
  #place: number;
  #at: number;

  constructor(chunks: readonly (readonly StoredEntry[])[], place: number, at: number) {
    this.#chunks = chunks;
    this.#place = place;
    this.#at = at;
  }

  /** Undefined at the end. */
  get key(): Binary | undefined {
    return this.#chunks[this.#place]?.[this.#at]?.key;
  }
  /** Of the key; undefined: a tombstone. */
  get value(): Uint8Array | undefined {
    return this.#chunks[this.#place]?.[this.#at]?.value;
  }

  next(): void {
    this.#at++;
    if (this.#at < (this.#chunks[this.#place]?.length ?? 0)) return;
    this.#place++;
    this.#at = 0;
  }
}

function lowerBound(chunk: readonly StoredEntry[], key: Binary): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = chunk[middle];
    if (entry !== undefined && entry.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
