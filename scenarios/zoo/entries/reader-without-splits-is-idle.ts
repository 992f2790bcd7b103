import type { ZooEntry } from '../entry.ts';

export const readerWithoutSplitsIsIdle: ZooEntry = {
  id: 'reader-without-splits-is-idle',
  title: 'A reader that has no split at the moment calls itself idle',
  origin: 'FLINK-23767/23011: a reader goes idle when it temporarily has no splits',
  file: 'core/time/watermark-generators.ts',
  find: `    this.#idling = this.isEmpty ? this.#vacant : this.#splits.every(({ idle }) => idle);
`,
  replace: `    this.#idling = this.#splits.every(({ idle }) => idle);
`,
  law: 'idleness',
};
