/** A part of a real input, by seed: small universes from a large file. */
import { planDraws } from './draws.ts';

/**
 * `count` of the records, in their order: for half of the seeds a contiguous stretch, for the others a sample from all
 * over (each subset equally likely: Knuth's selection sampling). All of them if `count` is not less than there are.
 */
export function sampled<T>(records: readonly T[], seed: string, count: number): readonly T[] {
  if (count >= records.length) return records;
  const draws = planDraws(seed)('sample');
  if (draws.chance(500)) {
    const start = draws.below(records.length - count + 1);
    return records.slice(start, start + count);
  }
  const taken: T[] = [];
  for (const [i, record] of records.entries()) {
    if (taken.length === count) break;
    if (draws.below(records.length - i) < count - taken.length) taken.push(record);
  }
  return taken;
}

/**
 * The same of `length` records, as rising indices; undefined: all of them. It takes as long as there are records in the
 * sample, not in the input (R. Floyd's sampling).
 */
export function sampledIndices(length: number, seed: string, count: number): readonly number[] | undefined {
  if (count >= length) return undefined;
  const draws = planDraws(seed)('sample');
  if (draws.chance(500)) {
    const start = draws.below(length - count + 1);
    return Array.from({ length: count }, (_, i) => start + i);
  }
  const taken = new Set<number>();
  for (let last = length - count; last < length; last += 1) {
    const index = draws.below(last + 1);
    taken.add(taken.has(index) ? last : index);
  }
  return [...taken].sort((a, b) => a - b);
}
