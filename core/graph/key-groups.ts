/**
 * Where a key lives, second half: hash -> key group -> subtask (Flink's `KeyGroupRangeAssignment`). A key's group
 * depends on the max parallelism only; rescaling moves whole groups.
 *
 * ```
 *   key --hash--> int32 --murmur mod M--> key group in [0, M) --floor(group * P / M)--> subtask in [0, P)
 * ```
 *
 * Everywhere P = parallelism, M = max parallelism, 1 <= P <= M <= 32768, so every product stays below 2^31.
 */
import { murmur } from '../values/hash.ts';

/** Inclusive at both ends. */
export interface KeyGroupRange {
  readonly start: number;
  readonly end: number;
}

/** Flink's `UPPER_BOUND_MAX_PARALLELISM`. */
export const MAX_PARALLELISM_LIMIT = 32_768;
const MAX_PARALLELISM_FLOOR = 128;

/** The key group, in [0, M), of a key with this hash (`keyHasher`). */
export function keyGroupOf(hash: number, maxParallelism: number): number {
  return murmur(hash) % maxParallelism;
}

/** The subtask, in [0, P), that owns a key group. */
export function ownerOf(keyGroup: number, parallelism: number, maxParallelism: number): number {
  return Math.floor((keyGroup * parallelism) / maxParallelism);
}

/** The key groups of a subtask, inclusive at both ends; never empty, since P <= M. */
export function keyGroupRange(subtask: number, parallelism: number, maxParallelism: number): KeyGroupRange {
  return {
    start: Math.floor((subtask * maxParallelism + parallelism - 1) / parallelism),
    end: Math.floor(((subtask + 1) * maxParallelism - 1) / parallelism),
  };
}

/** The max parallelism of an operator that declares none: `min(max(nextPowerOfTwo(P + floor(P/2)), 128), 32768)`. */
export function defaultMaxParallelism(parallelism: number): number {
  const wanted = parallelism + Math.floor(parallelism / 2);
  let power = 1;
  while (power < wanted) power *= 2;
  return Math.min(Math.max(power, MAX_PARALLELISM_FLOOR), MAX_PARALLELISM_LIMIT);
}
