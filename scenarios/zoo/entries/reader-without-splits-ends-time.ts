import type { ZooEntry } from '../entry.ts';

export const readerWithoutSplitsEndsTime: ZooEntry = {
  id: 'reader-without-splits-ends-time',
  title: 'A reader that has no split at the moment emits MAX',
  origin: 'FLINK-8001: a consumer without partitions emits MAX, the minimum over none',
  file: 'core/time/watermark-generators.ts',
  find: `    const watermark = least === Infinity ? greatest : least;
`,
  replace: `    const watermark = least === Infinity && this.#splits.length === 0 ? Number.MAX_SAFE_INTEGER : Math.min(least, Math.max(greatest, least === Infinity ? greatest : least));
`,
  law: 'watermarks',
};
