import type { ZooEntry } from '../entry.ts';

export const retainedKeepsOldest: ZooEntry = {
  id: 'retained-keeps-oldest',
  title: 'Of the completed checkpoints the oldest ones are retained',
  origin: 'an index from the wrong end',
  file: 'core/checkpoint/storage/completed-store.ts',
  find: `  return { kept: all.slice(drop), dropped: all.slice(0, drop) };`,
  replace: `  return { kept: all.slice(0, all.length - drop), dropped: all.slice(all.length - drop) };`,
  law: 'transactions',
};
