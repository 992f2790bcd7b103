import type { ZooEntry } from '../entry.ts';

export const mergedLateWindowFiresTwice: ZooEntry = {
  id: 'merged-late-window-fires-twice',
  title: 'A merged window that the watermark has passed already gets a timer for its end',
  origin: 'FLINK-9201: a merged late window fires twice',
  file: 'core/operators/windows/end-of-window-trigger.ts',
  find: '    if (end > ctx.currentWatermark()) ctx.registerEventTimeTimer(end);',
  replace: '    ctx.registerEventTimeTimer(end);',
  law: 're-execution',
};
