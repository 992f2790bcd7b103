import type { ZooEntry } from '../entry.ts';

export const subsumptionDeletesShared: ZooEntry = {
  id: 'subsumption-deletes-shared',
  title: 'What a checkpoint has named goes with it, whoever else names it',
  origin: 'RW addc87d3aa5: objects between the pinned and the checkpointed version are removed',
  file: 'core/checkpoint/storage/shared-registry.ts',
  find: `    const others = users.has(checkpoint) ? new Set([...users].filter((id) => id !== checkpoint)) : users;`,
  replace: `    const others = users.has(checkpoint) ? new Set<number>() : users;`,
  law: 'reference-closure',
};
