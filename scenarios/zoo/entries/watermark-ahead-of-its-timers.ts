import type { ZooEntry } from '../entry.ts';

export const watermarkAheadOfItsTimers: ZooEntry = {
  id: 'watermark-ahead-of-its-timers',
  title: 'A watermark is forwarded before the timers that it fires',
  origin:
    'FLINK-36875: the watermark is forwarded before the timers complete; SPARK-40925: the next operator filters by a watermark that the results of the one before it have still to reach',
  file: 'core/task/task-operators.ts',
  find: `    const forward = this.#keyed === undefined ? watermark : this.#keyed.advance(watermark);
`,
  replace: `    if (this.#keyed !== undefined) this.outputs.sendWatermark(watermark);
    const forward = this.#keyed === undefined ? watermark : void this.#keyed.advance(watermark);
`,
  law: 'watermarks',
};
