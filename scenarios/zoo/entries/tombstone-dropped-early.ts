import type { ZooEntry } from '../entry.ts';

export const tombstoneDroppedEarly: ZooEntry = {
  id: 'tombstone-dropped-early',
  title: 'Compactions drop tombstones although a level below still has what they hide',
  origin: 'RW e19aaecb184',
  file: 'core/state/lsm/levels.ts',
  find: `    dropsTombstones: !sorted.slice(target).some((run) => run !== undefined),`,
  replace: `    dropsTombstones: true,`,
  law: 're-execution',
};
