import type { ZooEntry } from '../entry.ts';

export const inFlightRequestForSavepoint: ZooEntry = {
  id: 'in-flight-request-for-savepoint',
  title: 'Channel state is asked for at every checkpoint of an unaligned job, savepoints too, and never closed',
  origin: 'FLINK-18136',
  file: 'core/task/task-checkpoints.ts',
  find: `    const syncDurationMs = this.#clock.synced(checkpoint);
`,
  replace: `    const syncDurationMs = this.#clock.synced(checkpoint);
    if (env.config.checkpointing.unaligned && barrier.options.kind !== 'checkpoint')
      this.#writer.open(checkpoint + 1_000_000);
`,
  law: 'alignment-ends',
};
