import type { ZooEntry } from '../entry.ts';

export const lsmTimerDeletedAtTheHead: ZooEntry = {
  id: 'lsm-timer-deleted-at-the-head',
  title: 'The earliest timer of a key group is deleted, and is still taken for the earliest',
  origin: 'a cached head that a removal does not make stale (Flink: CachingInternalPriorityQueueSet)',
  file: 'core/state/lsm/lsm-timers.ts',
  find: '    this.#take(key, owner.keyGroup, timestamp);\n    return true;',
  replace: '    this.#store.set(key, undefined);\n    return true;',
  law: 'timers',
};
