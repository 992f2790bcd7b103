/**
 * Which runs there are, and which of them are merged next. Pure.
 *
 *     level 0     a run for each memtable that was flushed, the newest first: keys may come in several of them
 *     level n     one run, `RATIO` times as large as that of the level above
 *
 *     RUNS_MAX runs in level 0      all of level 0 and level 1 become level 1
 *     level n is too large          it and level n + 1 become level n + 1
 *
 * A tombstone has to stay as long as a level below may hold what it hides: it is dropped where the merge writes the lowest
 * level that there is. Flushes may come while a merge runs; they go in front and are no part of it.
 */
import { assert } from '../../errors.ts';
import type { Run } from './run.ts';

export interface Levels {
  /** The newest first. */
  readonly flushed: readonly Run[];
  /** Level 1 first; undefined: the level is empty. The last one is not. */
  readonly sorted: readonly (Run | undefined)[];
}

export const NO_LEVELS: Levels = { flushed: [], sorted: [] };

/** Runs of level 0 that are merged. */
export const RUNS_MAX = 4;
const RATIO = 4;

export interface Compaction {
  /** The newest first. */
  readonly inputs: readonly Run[];
  /** >= 1. */
  readonly target: number;
  /** Nothing lies below the target. */
  readonly dropsTombstones: boolean;
}

export function runsOf({ flushed, sorted }: Levels): readonly Run[] {
  return [...flushed, ...sorted.filter((run) => run !== undefined)];
}

export function withFlushed({ flushed, sorted }: Levels, run: Run): Levels {
  return { flushed: [run, ...flushed], sorted };
}

/** `memtableBytes`: what a flush writes, about. Undefined: all is well. */
export function nextCompaction(levels: Levels, memtableBytes: number): Compaction | undefined {
  const { flushed, sorted } = levels;
  if (flushed.length >= RUNS_MAX) return into(levels, 1, [...flushed, sorted[0]]);
  let limit = RUNS_MAX * memtableBytes;
  for (const [at, run] of sorted.entries()) {
    if (run !== undefined && run.bytes > limit) return into(levels, at + 2, [run, sorted[at + 1]]);
    limit *= RATIO;
  }
  return undefined;
}

function into({ sorted }: Levels, target: number, inputs: readonly (Run | undefined)[]): Compaction {
  return {
    inputs: inputs.filter((run) => run !== undefined),
    target,
    dropsTombstones: !sorted.slice(target).some((run) => run !== undefined),
  };
}

/** `output` undefined: nothing was left. */
export function withCompacted({ flushed, sorted }: Levels, compaction: Compaction, output: Run | undefined): Levels {
  const { inputs, target } = compaction;
  const isLeft = (run: Run | undefined): boolean => run !== undefined && !inputs.includes(run);
  assert(
    inputs.every((run) => flushed.includes(run) || sorted.includes(run)),
    () => 'a compaction of runs that are gone',
  );
  const below = sorted.map((run) => (isLeft(run) ? run : undefined));
  while (below.length < target) below.push(undefined);
  assert(below[target - 1] === undefined, () => `level ${target} has a run that was no part of the compaction`);
  below[target - 1] = output;
  while (below.length > 0 && below.at(-1) === undefined) below.pop();
  return { flushed: flushed.filter(isLeft), sorted: below };
}
