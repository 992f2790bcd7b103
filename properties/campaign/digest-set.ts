/**
 * How many different digests there are, in eight bytes each. It stops counting at a bound, since a campaign that never ends must
 * not need more and more memory: two runs in a million that are the same are no more news than two in a thousand.
 */
const FIRST_SLOTS = 1_024;
export const DIGESTS_MAX = 1 << 20;

export class DigestSet {
  #slots = new Float64Array(FIRST_SLOTS);
  size = 0;

  /** 16 hex digits, of which 52 bits count. */
  add(digest: string): void {
    if (this.size >= DIGESTS_MAX) return;
    // 0 is an empty slot.
    if (this.#put(Number.parseInt(digest.slice(0, 13), 16) + 1 || 1)) this.size += 1;
    if (this.size * 2 > this.#slots.length) this.#grow();
  }

  /** False: it is there. */
  #put(value: number): boolean {
    const mask = this.#slots.length - 1;
    for (let at = (value ^ (value / 0x100000000)) & mask; ; at = (at + 1) & mask) {
      const there = this.#slots[at];
      if (there === value) return false;
      if (there === 0) {
        this.#slots[at] = value;
        return true;
      }
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(old.length * 2);
    for (const value of old) if (value !== 0) this.#put(value);
  }
}
