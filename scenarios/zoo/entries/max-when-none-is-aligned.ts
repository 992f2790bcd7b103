import type { ZooEntry } from '../entry.ts';

export const maxWhenNoneIsAligned: ZooEntry = {
  id: 'max-when-none-is-aligned',
  title: 'With no channel aligned the valve emits MAX',
  origin: 'FLINK-7721: Long.MAX_VALUE is emitted when no channel is aligned',
  file: 'core/time/status-watermark-valve.ts',
  find: `    return least === Infinity ? MIN_TIMESTAMP : least;
`,
  replace: `    return least === Infinity ? MAX_TIMESTAMP : least;
`,
  law: 'watermarks',
};
