import type { ZooEntry } from '../entry.ts';

export const unblockedAtTimeout: ZooEntry = {
  id: 'unblocked-at-timeout',
  title: 'When an aligned checkpoint turns unaligned, the channels whose barrier has come are read again',
  origin: 'FLINK-22638',
  file: 'core/task/task-checkpoints.ts',
  find: `    if (actions.length > 0) ports.probe.alignmentTimedOut?.({ task, checkpoint });
`,
  replace: `    if (actions.length > 0) ports.probe.alignmentTimedOut?.({ task, checkpoint });
    if (actions.length > 0) this.#actions.do([{ kind: 'unblock', checkpoint }]);
`,
  law: 'alignment-ends',
};
