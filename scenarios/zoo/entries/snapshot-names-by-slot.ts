import type { ZooEntry } from '../entry.ts';

export const snapshotNamesBySlot: ZooEntry = {
  id: 'snapshot-names-by-slot',
  title: 'The objects of a snapshot are named by the place of the subtask on its host: those of two hosts are one',
  origin:
    'HZ-JET 518c645ffe: entries of a snapshot have the local index of a processor in their key, and overwrite those of other members',
  file: 'core/task/async-snapshots.ts',
  find: `    const name = \`\${task.vertex}-\${task.subtask}\`;
`,
  replace: `    const name = \`\${task.vertex}-\${task.subtask % config.slotsPerTaskManager}\`;
`,
  law: 're-execution',
  also: ['crash', 'settle', 'incremental-base', 'reference-closure'],
};
