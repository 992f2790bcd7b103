import type { ZooEntry } from '../entry.ts';

export const latePaneWaits: ZooEntry = {
  id: 'late-pane-waits',
  title: `An element whose window ends exactly at the watermark waits for a timer that does not come before the next one`,
  origin: `FLINK-9201 the other way round: < for <= where an element comes`,
  file: 'core/operators/windows/end-of-window-trigger.ts',
  find: `    if (end <= ctx.currentWatermark()) return 'fire';`,
  replace: `    if (end < ctx.currentWatermark()) return 'fire';`,
  law: 're-execution',
};
