import type { ZooEntry } from '../entry.ts';

export const maxWheneverASourceEnds: ZooEntry = {
  id: 'max-whenever-a-source-ends',
  title:
    'A source that is cancelled or fails ends event time: what hears of it before it is cancelled itself closes all windows',
  origin: 'FLINK-14239: MAX is emitted in the finally of the source loop',
  file: 'core/task/source-input.ts',
  find: `    this.#alignmentTimer?.cancel();
    this.#reader.close();`,
  replace: `    this.#alignmentTimer?.cancel();
    if (!this.#operators.finished) this.#operators.outputs.sendWatermark(MAX_TIMESTAMP);
    this.#reader.close();`,
  law: 'watermarks',
};
