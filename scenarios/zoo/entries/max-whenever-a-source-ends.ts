import type { ZooEntry } from '../entry.ts';

export const maxWheneverASourceEnds: ZooEntry = {
  id: 'max-whenever-a-source-ends',
  title: 'A source ends event time whenever it ends, also when it is cancelled or stopped to go on later',
  origin: 'FLINK-14239: MAX is emitted in the finally of the source loop',
  file: 'core/task/source-input.ts',
  find: `    this.#alignmentTimer?.cancel();
    this.#reader.close();`,
  replace: `    this.#alignmentTimer?.cancel();
    this.#operators.outputs.sendWatermark(MAX_TIMESTAMP);
    this.#reader.close();`,
  law: 'watermarks',
};
