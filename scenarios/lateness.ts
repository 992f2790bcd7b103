/** What a scenario can say about late records without running anything. */

/**
 * Whether no record can be late anywhere: each is at most `delayMs` behind the newest one before it in its partition,
 * so that no watermark of its split has passed it (the minimum over several splits is lower still). Then lateness
 * depends on no schedule, and what windows emit is a function of the input alone.
 *
 * @param time event time of a record, epoch ms.
 */
export function neverLate<T>(
  partitions: readonly (readonly T[])[],
  time: (record: T) => number,
  delayMs: number,
): boolean {
  return partitions.every((partition) => {
    let newest = -Infinity;
    for (const record of partition) {
      const t = time(record);
      if (t < newest - delayMs) return false;
      if (t > newest) newest = t;
    }
    return true;
  });
}

/**
 * The same for sessions. A session takes in a record at its very end, unless it has been cleaned up by then, which it may be if the
 * watermark of the split is one millisecond behind the record: so the record has to be a millisecond further from being late.
 */
export function neverLateForSessions<T>(
  partitions: readonly (readonly T[])[],
  time: (record: T) => number,
  delayMs: number,
): boolean {
  return neverLate(partitions, time, delayMs - 1);
}
