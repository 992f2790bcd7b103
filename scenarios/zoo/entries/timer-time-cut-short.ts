import type { ZooEntry } from '../entry.ts';

export const timerTimeCutShort: ZooEntry = {
  id: 'timer-time-cut-short',
  title: 'Where timers of two key groups are compared, a timestamp in a key is taken to be of half its length',
  origin: 'FLINK-24210: a serializer reports a wrong fixed length, and code that cuts keys by it is off',
  file: 'core/state/lsm/lsm-timers.ts',
  find: `time > least.order.slice(0, TIMESTAMP_LENGTH)`,
  replace: `time > least.order.slice(0, TIMESTAMP_LENGTH / 2)`,
  law: 'timers',
};
