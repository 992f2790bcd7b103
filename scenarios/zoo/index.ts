/** Every planted bug. */
import type { ZooEntry } from './entry.ts';

export const zooEntries: readonly ZooEntry[] = [];
