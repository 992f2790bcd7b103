import type { ZooEntry } from '../entry.ts';

export const savepointCommits: ZooEntry = {
  id: 'savepoint-commits',
  title: 'The completion of a plain savepoint is notified: sinks commit what a failover takes back',
  origin: 'FLIP-203: savepoints must not commit side effects',
  file: 'core/checkpoint/coordinator/coordinator.ts',
  find: `    if (pending.kind !== 'savepoint') {
      tasks.notifyAll('notifyComplete', pending.id, {});`,
  replace: `    {
      tasks.notifyAll('notifyComplete', pending.id, {});`,
  law: 'transactions',
};
