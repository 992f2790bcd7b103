import type { ZooEntry } from '../entry.ts';

export const replayAfterNewData: ZooEntry = {
  id: 'replay-after-new-data',
  title: 'New channels are read before all in-flight data is processed',
  origin: 'FLINK-17805 (class): recovered and live channels mixed',
  file: 'core/task/replay-input.ts',
  find: `    const replayed = this.#replay.next();
`,
  replace: `    if (this.#gate.readable) {
      this.#gate.read();
      return this;
    }
    const replayed = this.#replay.next();
`,
  law: 'order',
};
