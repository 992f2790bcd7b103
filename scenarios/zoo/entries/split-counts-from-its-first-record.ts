import type { ZooEntry } from '../entry.ts';

export const splitCountsFromItsFirstRecord: ZooEntry = {
  id: 'split-counts-from-its-first-record',
  title: 'A split counts for the minimum only once it has been read',
  origin: 'FLINK-32828/26018: outputs of splits are registered lazily',
  file: 'core/time/watermark-generators.ts',
  find: `      if (!idle && lastWatermark < least) least = lastWatermark;
`,
  replace: `      if (!idle && lastWatermark > MIN_TIMESTAMP && lastWatermark < least) least = lastWatermark;
`,
  law: 'watermarks',
};
