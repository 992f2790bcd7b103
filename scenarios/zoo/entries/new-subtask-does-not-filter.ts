import type { ZooEntry } from '../entry.ts';

export const newSubtaskDoesNotFilter: ZooEntry = {
  id: `new-subtask-does-not-filter`,
  title: `A subtask that there was not before a rescale takes every record of shared in-flight data`,
  origin: `FLINK-27031: a task without state of its own is not told to filter in-flight records`,
  file: `core/checkpoint/restore/in-flight.ts`,
  find: `    const shared = subtasks.length > 1;
    for (const subtask of subtasks) assigned[subtask]?.push({ edge, sender, receiver, parts, shared });
`,
  replace: `    const isShared = subtasks.length > 1;
    for (const subtask of subtasks) {
      const shared = isShared && subtask < oldParallelism;
      assigned[subtask]?.push({ edge, sender, receiver, parts, shared });
    }
`,
  law: `crash`,
  also: [`order`],
};
