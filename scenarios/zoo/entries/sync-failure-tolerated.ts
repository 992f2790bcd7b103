import type { ZooEntry } from '../entry.ts';

export const syncFailureTolerated: ZooEntry = {
  id: 'sync-failure-tolerated',
  title: 'A failure while the sinks prepare declines the checkpoint and the task goes on',
  origin: 'FLINK-17350',
  file: 'core/task/snapshot-taker.ts',
  find: `    yield* prepared;
`,
  replace: `    try {
      yield* prepared;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'IoError') throw error;
    }
`,
  law: 'sinks',
};
