/**
 * A multiset of values with a few counts each, found by a structural hash: no text is built per record.
 */
import { sameValue } from '../model/equal.ts';
import { hashOf } from './value-hash.ts';

export interface Counted {
  readonly value: unknown;
  expected: number;
  committed: number;
  /** By any attempt, zombies too. */
  written: number;
}

export class ValueBag {
  readonly #buckets = new Map<number, Counted[]>();

  /** The counts of a value; made on first use. */
  of(value: unknown): Counted {
    const hash = hashOf(value);
    let bucket = this.#buckets.get(hash);
    if (bucket === undefined) {
      bucket = [];
      this.#buckets.set(hash, bucket);
    }
    for (const counted of bucket) if (sameValue(counted.value, value)) return counted;
    const counted: Counted = { value, expected: 0, committed: 0, written: 0 };
    bucket.push(counted);
    return counted;
  }

  all(): readonly Counted[] {
    const all: Counted[] = [];
    for (const bucket of this.#buckets.values()) for (const counted of bucket) all.push(counted);
    return all;
  }
}
