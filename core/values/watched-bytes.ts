/**
 * Bytes that have been handed over, with a hash each: the content of a typed array cannot be frozen, so a change is found when the
 * hashes are compared again, at the end of the turn and of the turns that follow. The newest are remembered.
 */
const REMEMBERED = 64;

interface Watched {
  readonly bytes: Uint8Array;
  readonly hash: number;
  readonly operator: string;
  readonly name: string;
}

export class WatchedBytes {
  #watched: Watched[] = [];

  /** Every typed array in a value. */
  watch(value: unknown, operator: string, name: string): void {
    if (typeof value !== 'object' || value === null) return;
    if (value instanceof Uint8Array) {
      if (this.#watched.length >= REMEMBERED) this.#watched = this.#watched.slice(REMEMBERED / 2);
      this.#watched.push({ bytes: value, hash: hashOf(value), operator, name });
      return;
    }
    for (const part of Object.values(value)) this.watch(part, operator, name);
  }

  /** The first whose content is another one than when it was handed over. */
  changed(): Pick<Watched, 'operator' | 'name'> | undefined {
    if (this.#watched.length === 0) return undefined;
    return this.#watched.find(({ bytes, hash }) => hashOf(bytes) !== hash);
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash ^ bytes.length;
}
