import type { ZooEntry } from '../entry.ts';

export const mergedWindowShrinks: ZooEntry = {
  id: 'merged-window-shrinks',
  title: 'A window that merges others ends where the last element’s own does, though one of them ends later',
  origin: 'FLINK-5972: a merge gives a smaller window',
  file: 'core/operators/windows/merging-windows.ts',
  find: '    const end = Math.max(last.window.end, own.end);',
  replace: '    const end = own.end;',
  law: 're-execution',
};
