import type { ZooEntry } from '../entry.ts';

export const continuousMergeWithoutTimer: ZooEntry = {
  id: 'continuous-merge-without-timer',
  title: 'When windows merge, a continuous trigger keeps its next firing and sets no timer for it',
  origin: 'FLINK-11408',
  file: 'core/operators/windows/continuous-trigger.ts',
  find: `    if (next !== undefined) this.register(ctx, next);
`,
  replace: '',
  law: 're-execution',
};
