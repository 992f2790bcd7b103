import type { ZooEntry } from '../entry.ts';

export const flushedForAViewUnpinned: ZooEntry = {
  id: 'flushed-for-a-view-unpinned',
  title: 'A run that a memtable becomes is not held for the views that wait for it: a compaction lets it go',
  origin:
    'FLINK-28440: a file goes while somebody else still needs it; differential-98416265: compaction passes over what has been put aside',
  file: 'core/state/lsm/store.ts',
  find: 'this.#runs.add(run, oldest.flush.views);',
  replace: 'this.#runs.add(run, 0);',
  law: 'io-errors',
  note: 'The task fails by it, and a restart heals all: nothing else is to be seen.',
};
