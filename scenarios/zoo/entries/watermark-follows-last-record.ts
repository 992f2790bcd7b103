import type { ZooEntry } from '../entry.ts';

export const watermarkFollowsLastRecord: ZooEntry = {
  id: 'watermark-follows-last-record',
  title: 'The watermark follows the last record and not the newest',
  origin: 'FLINK-37025: watermark regression in periodic generation',
  file: 'core/time/watermark-generators.ts',
  find: `    if (timestamp > this.#greatest) this.#greatest = timestamp;
`,
  replace: `    this.#greatest = timestamp;
`,
  law: 're-execution',
};
