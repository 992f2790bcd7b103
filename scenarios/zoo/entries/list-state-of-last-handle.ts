import type { ZooEntry } from '../entry.ts';

export const listStateOfLastHandle: ZooEntry = {
  id: 'list-state-of-last-handle',
  title: 'Of a state that comes in several parts only the last one is kept',
  origin: 'one part overwrites the other: the restore assigns where it should append',
  file: 'core/state/operator/operator-state.ts',
  find: '    table.items = Object.freeze([...table.items, ...items]);',
  replace: '    table.items = Object.freeze([...items]);',
  law: 'operator-state',
};
