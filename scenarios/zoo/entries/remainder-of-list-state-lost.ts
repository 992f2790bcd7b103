import type { ZooEntry } from '../entry.ts';

export const remainderOfListStateLost: ZooEntry = {
  id: 'remainder-of-list-state-lost',
  title: 'The items that do not divide evenly go to nobody',
  origin: 'an early end: the division rounds down, and the remainder is forgotten',
  file: 'core/state/operator-handles.ts',
  find: '  return { from, to: from + base + (i < more ? 1 : 0) };',
  replace: '  return { from, to: from + base };',
  law: 'operator-state',
};
