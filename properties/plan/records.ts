/** Small things about the records of a plan. */
import type { Topics } from './plan.ts';

export function recordCount(topics: Topics): number {
  let count = 0;
  for (const partitions of Object.values(topics)) for (const records of partitions) count += records.length;
  return count;
}
