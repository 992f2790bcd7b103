import type { ZooEntry } from '../entry.ts';

export const queryShowsExpired: ZooEntry = {
  id: 'query-shows-expired',
  title: 'a query shows values whose time to live is over',
  origin: 'own: the filter of expired values is in the handles of the job, and a read from outside goes past them',
  file: 'core/state/queried.ts',
  find: `  return found(type, one === undefined || !lives(one) ? undefined : valueOf(one), now);`,
  replace: `  return found(type, one === undefined ? undefined : valueOf(one), now);`,
  law: 'queries',
};
