import type { ZooEntry } from '../entry.ts';

export const queryAsksAnotherSubtask: ZooEntry = {
  id: 'query-asks-another-subtask',
  title:
    'a client of queryable state asks the subtask behind the one that has the key, and hears that nothing runs there',
  origin:
    'own: whoever asks derives the place of a key by itself, and nothing but the law sees that it never finds one',
  file: 'core/cluster/state-client.ts',
  find: `    const subtask = ownerOf(keyGroupOf(keyHasher(keyType)(key), maxParallelism), parallelism, maxParallelism);
`,
  replace: `    const owner = ownerOf(keyGroupOf(keyHasher(keyType)(key), maxParallelism), parallelism, maxParallelism);
    const subtask = (owner + 1) % parallelism;
`,
  law: 'queries',
};
