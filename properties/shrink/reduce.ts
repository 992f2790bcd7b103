/**
 * Delta debugging of one list: the smallest sublist (as far as removal of neighbours finds it) that still fails.
 *
 * Chunks of half the length are taken away, then of a quarter, down to single elements, from the end to the front: what
 * comes before a chunk then still happens as it did. Single elements are tried until a whole pass removes none, so the
 * result is 1-minimal unless `fails` gave up. With k needed elements of n this takes about 2 k log2(n / k) + 2 k runs:
 * 2 of 200 are found in about 30.
 */

/** True if these positions, ascending, still fail in the same way. */
export type Fails = (positions: readonly number[]) => boolean;
/** Nothing more can be asked: the reduction ends with what it has. */
export type Stopped = () => boolean;
const never: Stopped = () => false;

export function reduce(count: number, fails: Fails, stopped: Stopped = never): readonly number[] {
  const all = Array.from({ length: count }, (_, position) => position);
  if (count === 0) return all;
  if (fails([])) return [];
  let kept: readonly number[] = all;
  for (let size = count >> 1; size > 1 && !stopped(); size >>= 1) kept = removeChunks(kept, size, fails, stopped);
  return removeSingles(kept, fails, stopped);
}

/** Single elements only: what a reduction ends with, and all that is left to do on a list that was minimal before. */
export function removeSingles(positions: readonly number[], fails: Fails, stopped: Stopped = never): readonly number[] {
  let kept = positions;
  for (;;) {
    const fewer = removeChunks(kept, 1, fails, stopped);
    if (fewer.length === kept.length) return kept;
    kept = fewer;
  }
}

function removeChunks(positions: readonly number[], size: number, fails: Fails, stopped: Stopped): readonly number[] {
  let kept = positions;
  for (let end = positions.length; end > 0 && !stopped(); end -= size) {
    const candidate = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)];
    if (fails(candidate)) kept = candidate;
  }
  return kept;
}
