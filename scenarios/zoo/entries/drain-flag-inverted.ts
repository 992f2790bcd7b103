import type { ZooEntry } from '../entry.ts';

export const drainFlagInverted: ZooEntry = {
  id: 'drain-flag-inverted',
  title: 'A stop without drain ends event time, and a drain does not',
  origin: 'FLINK-21132, FLINK-21453',
  file: 'core/task/snapshot-taker.ts',
  find: `operators.finish(kind === 'drain')`,
  replace: `operators.finish(kind !== 'drain')`,
  law: 'watermarks',
};
