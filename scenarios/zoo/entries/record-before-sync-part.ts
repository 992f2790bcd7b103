import type { ZooEntry } from '../entry.ts';

export const recordBeforeSyncPart: ZooEntry = {
  id: 'record-before-sync-part',
  title: 'A record is processed between the barrier and the sync part of the snapshot',
  origin: 'FLINK-17568: the task keeps consuming post-barrier data before the checkpoint runs',
  file: 'core/task/snapshot-taker.ts',
  find: `    const state = operators.snapshot();
`,
  replace: `    if (!this.#isSource && input().readable) input().read();
    const state = operators.snapshot();
`,
  law: 'barrier-discipline',
};
