import type { ZooEntry } from '../entry.ts';

export const unionUnchangedAtSameParallelism: ZooEntry = {
  id: 'union-unchanged-at-same-parallelism',
  title: 'A union list is unchanged at the same parallelism, as a split one is',
  origin: `one member of a set forgotten: the rule for the unchanged parallelism comes first (Flink: \`RoundRobinOperatorStateRepartitioner\`)`,
  file: 'core/state/operator-handles.ts',
  find: `      if (handles[0]?.handle.mode === 'union') {
        for (const restored of dealt) restored.push(...all);
      } else if (sameParallelism) {
        for (const { subtask, handle } of handles) dealt[subtask]?.push(handle);
      } else {`,
  replace: `      if (sameParallelism) {
        for (const { subtask, handle } of handles) dealt[subtask]?.push(handle);
      } else if (handles[0]?.handle.mode === 'union') {
        for (const restored of dealt) restored.push(...all);
      } else {`,
  law: 'operator-state',
};
