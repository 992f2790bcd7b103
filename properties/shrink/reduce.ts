/**
 * Delta debugging of one list: the smallest sublist (as far as removal of neighbours finds it) that still fails.
 *
 * Chunks of half the length are taken away, then of a quarter, down to single elements, from the end to the front: what
 * comes before a chunk then still happens as it did. Single elements are tried until a whole pass removes none, so the
 * result is 1-minimal unless it was stopped. With k needed elements of n this takes about 2 k log2(n / k) + 2 k runs:
 * 2 of 200 are found in about 30.
 */

/** A list that gets shorter. What is left over may be even less than what was kept. */
export interface Shortened {
  readonly count: number;
  /** True if these positions, ascending, still fail in the same way: the list is then what is at them. */
  keep(positions: readonly number[]): boolean;
  /** Nothing more can be asked: the reduction ends with what there is. */
  readonly stopped: boolean;
}

export function reduce(list: Shortened): void {
  if (list.count === 0 || list.keep([])) return;
  for (let size = list.count >> 1; size > 1 && !list.stopped; size = Math.min(size, list.count) >> 1)
    removeChunks(list, size);
  removeSingles(list);
}

/** Single elements only: what a reduction ends with, and all that is left to do on a list that was minimal before. */
export function removeSingles(list: Shortened): void {
  while (removeChunks(list, 1)) continue;
}

/** Whether anything could be removed. */
function removeChunks(list: Shortened, size: number): boolean {
  let removed = false;
  let end = list.count;
  while (end > 0 && !list.stopped) {
    const start = Math.max(0, end - size);
    const before = list.count;
    // Less than before, or nothing was taken away: a run may draw again what its plan did not ask for.
    if (list.keep(allBut(before, start, end)) && list.count < before) removed = true;
    end = Math.min(start, list.count);
  }
  return removed;
}

function allBut(count: number, start: number, end: number): readonly number[] {
  return Array.from({ length: count }, (_, position) => position).filter(
    (position) => position < start || position >= end,
  );
}
