import type { ZooEntry } from '../entry.ts';

export const splitWatermarkNotRestored: ZooEntry = {
  id: 'split-watermark-not-restored',
  title: `A restored split begins without its last watermark: one that has been read to its end holds event time back for good`,
  origin: `SPARK-18513: the watermark is not in the offset log, recovery starts at 0`,
  file: 'core/time/watermark-generators.ts',
  find: `    if (restored !== undefined) added.rise(restored.lastWatermark);
`,
  replace: ``,
  law: 'watermarks',
};
