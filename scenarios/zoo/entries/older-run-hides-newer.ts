import type { ZooEntry } from '../entry.ts';

export const olderRunHidesNewer: ZooEntry = {
  id: 'older-run-hides-newer',
  title: 'The runs of level 0 are kept in the wrong order, so that an older version of a key hides a newer one',
  origin: 'RW b00d750abe8',
  file: 'core/state/lsm/levels.ts',
  find: `  return { flushed: [run, ...flushed], sorted };`,
  replace: `  return { flushed: [...flushed, run], sorted };`,
  law: 're-execution',
};
