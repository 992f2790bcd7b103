import type { ZooEntry } from '../entry.ts';

export const restoredSplitWithoutWatermark: ZooEntry = {
  id: 'restored-split-without-watermark',
  title: 'A restored split begins without the watermark that it had emitted',
  origin: 'SPARK-18513: the watermark is not in the offset log',
  file: 'core/time/watermark-generators.ts',
  find: `    if (restored !== undefined) added.rise(restored.lastWatermark);
`,
  replace: ``,
  law: 'watermarks',
};
