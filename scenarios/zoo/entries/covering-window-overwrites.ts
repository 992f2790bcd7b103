import type { ZooEntry } from '../entry.ts';

export const coveringWindowOverwrites: ZooEntry = {
  id: 'covering-window-overwrites',
  title:
    'A session whose merged window is the element’s own takes the place of those that it covers, without their contents',
  origin: 'FLINK-4589: the merge result equals the new window, and its entry in the mapping is overwritten',
  file: 'core/operators/windows/merging-windows.ts',
  find: '    const window = isSame ? first.window : { start, end };\n',
  replace: `    const window = isSame ? first.window : { start, end };
    if (!isSame && start === own.start && end === own.end) return { window: own, state: own, merged: [] };
`,
  law: 're-execution',
};
