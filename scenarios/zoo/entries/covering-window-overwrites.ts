import type { ZooEntry } from '../entry.ts';

export const coveringWindowOverwrites: ZooEntry = {
  id: 'covering-window-overwrites',
  title:
    'A session whose merged window is the element’s own takes the place of those that it covers, without their contents',
  origin: 'FLINK-4589: the merge result equals the new window, and its entry in the mapping is overwritten',
  file: 'core/operators/windows/merging-windows.ts',
  find: '    return { window: { start, end }, state: first.state, merged: touching };',
  replace: `    if (start === own.start && end === own.end) return { window: own, state: own, merged: [] };
    return { window: { start, end }, state: first.state, merged: touching };`,
  law: 're-execution',
};
