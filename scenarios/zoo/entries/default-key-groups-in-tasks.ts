import type { ZooEntry } from '../entry.ts';

export const defaultKeyGroupsInTasks: ZooEntry = {
  id: 'default-key-groups-in-tasks',
  title:
    'Tasks have the default number of key groups of their parallelism, although the state that they restore has another',
  origin: 'SEMANTICS U1: two sides work out one number, and only the job manager has looked into the state',
  file: 'core/cluster/running-attempt.ts',
  find: `physicalGraph(job, deployed.parallelism, scaled, keyGroups)`,
  replace: `physicalGraph(job, deployed.parallelism, scaled)`,
  law: 'key-groups-owned-once',
};
