import type { ZooEntry } from '../entry.ts';

export const replayAfterNewData: ZooEntry = {
  id: 'replay-after-new-data',
  title: 'New channels are read before all in-flight data is processed',
  origin: 'FLINK-17805 (class): recovered and live channels mixed',
  file: 'core/task/task.ts',
  find: `    else if (this.#replay !== undefined) this.#readReplay(this.#replay);
    else this.#readGate();`,
  replace: `    else if (this.#replay !== undefined && !this.gate.readable) this.#readReplay(this.#replay);
    else this.#readGate();`,
  law: 'order',
};
