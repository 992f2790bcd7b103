import type { ZooEntry } from '../entry.ts';

export const asyncWatermarkOvertakesResults: ZooEntry = {
  id: 'async-watermark-overtakes-results',
  title: 'A watermark leaves while results before it are awaited',
  origin: 'FLINK-36875: a watermark that is forwarded before what it waits for is complete',
  file: 'core/operators/async/result-queue.ts',
  find: 'if (first.waiting.length > 0 || first.watermark === undefined) return undefined;',
  replace: 'if (first.watermark === undefined) return undefined;',
  law: 'watermarks',
  also: ['async-order'],
};
