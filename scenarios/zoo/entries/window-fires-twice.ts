import type { ZooEntry } from '../entry.ts';

export const windowFiresTwice: ZooEntry = {
  id: 'window-fires-twice',
  title: 'The cleanup timer fires the pane once more',
  origin: 'FLINK-9201: a late window fires twice; here < for <=',
  file: 'core/operators/windows/end-of-window-trigger.ts',
  find: `  onEventTime(timestamp: Timestamp, window: TimeWindow): TriggerResult {
    return timestamp === maxTimestampOf(window)`,
  replace: `  onEventTime(timestamp: Timestamp, window: TimeWindow): TriggerResult {
    return timestamp >= maxTimestampOf(window)`,
  law: 'pane-legality',
};
