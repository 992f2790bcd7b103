import type { ZooEntry } from '../entry.ts';

export const floorsMergedToTheLeast: ZooEntry = {
  id: 'floors-merged-to-the-least',
  title: 'After a rescale all key groups of a subtask have the least of the floors that they come with',
  origin:
    'Hazelcast Jet a875867322: the progress of several members is merged into one by its minimum, and windows are emitted twice',
  file: 'core/operators/heads/keyed-head.ts',
  find: '    for (const { start, end, floor } of yield* this.backend.restore(handles, read)) {\n',
  replace:
    '    const restored = yield* this.backend.restore(handles, read);\n    const floor = Math.min(...restored.map((range) => range.floor));\n    for (const { start, end } of restored) {\n',
  law: 'watermark-floor',
};
