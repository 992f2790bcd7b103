import type { ZooEntry } from '../entry.ts';

export const windowFiresTwice: ZooEntry = {
  id: 'window-fires-twice',
  title: 'The cleanup timer fires the pane once more',
  origin: 'FLINK-9201: a late window fires twice; here < for <=',
  file: 'core/operators/windows/window-operator.ts',
  find: '    if (timer.timestamp === maxTimestampOf(window)) {',
  replace: '    if (timer.timestamp >= maxTimestampOf(window)) {',
  law: 're-execution',
};
