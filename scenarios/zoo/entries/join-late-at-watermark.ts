import type { ZooEntry } from '../entry.ts';

export const joinLateAtWatermark: ZooEntry = {
  id: 'join-late-at-watermark',
  title: 'An element at the watermark is late for an interval join, as it would be for a window',
  origin: 'lateness of joins is strict, that of windows is not (SEMANTICS J1)',
  file: 'core/operators/interval-join-operator.ts',
  find: '    if (timestamp < watermark) return',
  replace: '    if (timestamp <= watermark) return',
  law: 'join-complete',
  // The turn may be undone by a restore, and the element in time when it comes again: the history that the law looks at is right then.
  also: ['re-execution'],
};
