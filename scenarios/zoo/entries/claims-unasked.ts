import type { ZooEntry } from '../entry.ts';

export const claimsUnasked: ZooEntry = {
  id: 'claims-unasked',
  title:
    'The savepoint that a job was started from is deleted once it is subsumed, whether or not the job has claimed it',
  origin: 'FLIP-193: who owns a snapshot',
  file: 'core/checkpoint/storage/completed-store.ts',
  find: `    return claimed && savepoint !== null ? [savepoint] : [];`,
  replace: `    return savepoint !== null && (claimed || savepoint.checkpoint > 0) ? [savepoint] : [];`,
  law: 'savepoint-kept',
};
