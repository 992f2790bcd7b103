import type { ZooEntry } from '../entry.ts';

export const unblockedAtTimeout: ZooEntry = {
  id: 'unblocked-at-timeout',
  title: 'When an aligned checkpoint turns unaligned, the channels whose barrier has come are read again',
  origin: 'FLINK-22638',
  file: 'core/task/task-checkpoints.ts',
  find: `    if (actions.length > 0) env.ports.probe.alignmentTimedOut?.({ task: env.task, checkpoint });
`,
  replace: `    if (actions.length > 0) env.ports.probe.alignmentTimedOut?.({ task: env.task, checkpoint });
    if (actions.length > 0) this.#unblock(checkpoint);
`,
  law: 'alignment-ends',
};
