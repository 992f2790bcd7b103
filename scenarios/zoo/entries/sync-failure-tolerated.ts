import type { ZooEntry } from '../entry.ts';

export const syncFailureTolerated: ZooEntry = {
  id: 'sync-failure-tolerated',
  title: 'A failure while the sinks prepare declines the checkpoint and the task goes on',
  origin: 'FLINK-17350',
  file: 'core/task/task-checkpoints.ts',
  find: `    for (const sink of dirty) yield* sink.prepare(barrier.checkpoint);
`,
  replace: `    try {
      for (const sink of dirty) yield* sink.prepare(barrier.checkpoint);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
    }
`,
  law: 'sinks',
};
