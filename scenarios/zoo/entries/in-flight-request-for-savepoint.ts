import type { ZooEntry } from '../entry.ts';

export const inFlightRequestForSavepoint: ZooEntry = {
  id: 'in-flight-request-for-savepoint',
  title: 'Channel state is asked for at every checkpoint of an unaligned job, savepoints too, and never closed',
  origin: 'FLINK-18136',
  file: 'core/task/snapshot-taker.ts',
  find: `    const syncDurationMs = alignment.synced(checkpoint);
`,
  replace: `    const syncDurationMs = alignment.synced(checkpoint);
    if (this.#env.config.checkpointing.unaligned && options.kind !== 'checkpoint')
      channelState.open(checkpoint + 1_000_000);
`,
  law: 'alignment-ends',
};
