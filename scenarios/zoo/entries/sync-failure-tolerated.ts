import type { ZooEntry } from '../entry.ts';

export const syncFailureTolerated: ZooEntry = {
  id: 'sync-failure-tolerated',
  title: 'A failure while the sinks prepare declines the checkpoint and the task goes on',
  origin: 'FLINK-17350',
  file: 'core/task/task-checkpoints.ts',
  find: `    yield* prepared;
`,
  replace: `    try {
      yield* prepared;
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
    }
`,
  law: 'sinks',
};
