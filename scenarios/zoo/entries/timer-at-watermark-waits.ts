import type { ZooEntry } from '../entry.ts';

export const timerAtWatermarkWaits: ZooEntry = {
  id: 'timer-at-watermark-waits',
  title: 'A timer at exactly the watermark does not fire: < for <=',
  origin: 'the boundary of FLINK-9201: `<` for `<=`',
  file: 'core/state/heap/heap-timers.ts',
  find: `    if (head === undefined || head > upTo) return undefined;
`,
  replace: `    if (head === undefined || head >= upTo) return undefined;
`,
  law: 'timers',
};
