import type { ZooEntry } from '../entry.ts';

export const continuousTimerLostOnMerge: ZooEntry = {
  id: 'continuous-timer-lost-on-merge',
  title: 'A continuous trigger keeps its next firing when windows merge, and sets no timer for it',
  origin: 'FLINK-11408: continuous triggers lose their timer on merge',
  file: 'core/operators/windows/continuous-trigger.ts',
  find: '    if (next !== undefined) this.register(ctx, next);',
  replace: '    if (next === undefined) return;',
  law: 're-execution',
};
