/**
 * What has been read of the services, for whoever reads the same again: several laws look at one checkpoint when it completes,
 * and at those that are retained whenever an attempt starts.
 *
 * Bytes that were handed to a store never change, so another content is another array. An answer is a function of the arrays
 * that it was made of, and holds as long as each of them is there *now*, as the very same array:
 *
 *     read m1      asks for m1, s1, s2                  -> image
 *     read m1      m1, s1, s2 are the same arrays       -> that image
 *     s2 is deleted, damaged or written again
 *     read m1      s2 is another array, or none         -> read anew, by the same code as the first time
 *
 * So nobody is told of an object that has gone, or has come, what was true before. Why something cannot be read is such
 * an answer, too. What was read last is kept, and no more: images are large.
 */
import type { ObjectLookup } from '../../core/state/handles.ts';

/** As many as are of interest at once, in a long run, too: those that the HA store lists, and a savepoint. */
const KEPT_MAX = 6;

/** By the one array that it is decoded from. An error is not kept: whoever asks again fails again, in the same words. */
export function keptBy<T>(decode: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  const kept: { readonly bytes: Uint8Array; readonly value: T }[] = [];
  return (bytes) => {
    for (const one of kept) if (one.bytes === bytes) return one.value;
    const value = decode(bytes);
    if (kept.length === KEPT_MAX) kept.shift();
    kept.push({ bytes, value });
    return value;
  };
}

interface Reading<T> {
  /** What is read, and for whom. */
  readonly name: string;
  readonly by: unknown;
  /** Every object that was asked for, and what was there. */
  readonly asked: ReadonlyMap<string, Uint8Array | undefined>;
  readonly answer: T;
}

export class Readings<T> {
  readonly #objectOf: ObjectLookup;
  #kept: readonly Reading<T>[] = [];

  constructor(objectOf: ObjectLookup) {
    this.#objectOf = objectOf;
  }

  /** `read` asks for objects by its argument alone, and answers the same for the same objects and the same `by`. */
  of(name: string, by: unknown, read: (objectOf: ObjectLookup) => T): T {
    const known = this.#kept.find((one) => one.name === name && one.by === by);
    if (known !== undefined && this.#holds(known)) return known.answer;
    const asked = new Map<string, Uint8Array | undefined>();
    const answer = read((object) => {
      const bytes = this.#objectOf(object);
      asked.set(object, bytes);
      return bytes;
    });
    this.#kept = [...this.#kept.filter((one) => one !== known), { name, by, asked, answer }].slice(-KEPT_MAX);
    return answer;
  }

  #holds({ asked }: Reading<T>): boolean {
    for (const [object, bytes] of asked) if (this.#objectOf(object) !== bytes) return false;
    return true;
  }
}
