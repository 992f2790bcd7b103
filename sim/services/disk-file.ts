/** One file of a disk: what is in it, how much of it is synced, and what a power loss leaves. */

/** What a disk writes at once; a torn write is one of which some sectors are there. */
export const SECTOR_BYTES = 512;

/** Content that only grows, but for a power loss. */
export class DiskFile {
  #bytes = new Uint8Array(64);
  #length = 0;
  #syncedLength = 0;
  /** What a failed sync has given up: it is in the cache, and will never be written. */
  readonly #givenUp: { readonly from: number; readonly to: number }[] = [];
  /** Sectors that cannot be read any more, by number. */
  readonly #unreadable = new Set<number>();

  read(at: number, length: number): Uint8Array {
    return this.#bytes.slice(Math.min(at, this.#length), Math.min(at + length, this.#length));
  }

  /** The sector at this byte cannot be read from now on. */
  fail(at: number): void {
    this.#unreadable.add(Math.floor(at / SECTOR_BYTES));
  }

  /** A read of these bytes meets no sector that cannot be read. */
  isReadable(at: number, length: number): boolean {
    for (const sector of this.#unreadable) {
      const from = sector * SECTOR_BYTES;
      if (at < from + SECTOR_BYTES && at + length > from) return false;
    }
    return true;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** What would reach beyond the end is lost. */
  overwrite(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes.subarray(0, this.#length - at), at);
  }

  sync(): void {
    this.#syncedLength = this.#length;
  }

  /** Bytes behind those that are synced. */
  get unsynced(): number {
    return this.#length - this.#syncedLength;
  }

  /** A sync has failed: what it should have written counts as written. */
  giveUp(): void {
    this.#givenUp.push({ from: this.#syncedLength, to: this.#length });
    this.sync();
  }

  /** There are zeros where it was never written. True: there were any. */
  loseGivenUp(): boolean {
    for (const { from, to } of this.#givenUp) this.#bytes.fill(0, from, to);
    return this.#givenUp.splice(0).length > 0;
  }

  /** But for the first `kept` bytes of it. */
  dropUnsynced(kept: number): void {
    this.#length = this.#syncedLength + Math.min(kept, this.unsynced);
  }

  /** All of it is there but one sector of it, which has zeros. */
  dropSector(sector: number): void {
    const from = this.#syncedLength + sector * SECTOR_BYTES;
    this.#bytes.fill(0, from, Math.min(from + SECTOR_BYTES, this.#length));
  }
}
