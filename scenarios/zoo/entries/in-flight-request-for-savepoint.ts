import type { ZooEntry } from '../entry.ts';

export const inFlightRequestForSavepoint: ZooEntry = {
  id: 'in-flight-request-for-savepoint',
  title: 'Channel state is asked for at every checkpoint of an unaligned job, savepoints too, and never closed',
  origin: 'FLINK-18136',
  file: 'core/runtime/task-checkpoints.ts',
  find: `    const request = this.#writer.request(checkpoint);
`,
  replace: `    if (env.config.checkpointing.unaligned && barrier.options.kind !== 'checkpoint') this.#writer.open(checkpoint + 1_000_000);
    const request = this.#writer.request(checkpoint);
`,
  law: 'alignment-ends',
};
