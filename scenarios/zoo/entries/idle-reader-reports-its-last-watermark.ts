import type { ZooEntry } from '../entry.ts';

export const idleReaderReportsItsLastWatermark: ZooEntry = {
  id: 'idle-reader-reports-its-last-watermark',
  title: 'A reader that is idle tells its alignment group its last watermark and holds all others back',
  origin: 'FLINK-32496',
  file: 'core/task/source-input.ts',
  find: 'this.#idle ? MAX_TIMESTAMP : this.#reader.watermark',
  replace: 'this.#reader.watermark',
  law: 'alignment',
};
