import {
  blockLargerThanCache,
  damagedBlockFound,
  diskFailedCompaction,
  diskFailedFlush,
  readFailedInTurn,
  snapshotDuringCompaction,
  tombstoneOutlivesCompaction,
  writeStalled,
} from './state-store.ts';
import type { StateStoreEvent } from '../../core/facts.ts';
import { proves, starting, states, task } from './testing/facts.ts';

const store = (event: StateStoreEvent, attempt = 1) => states('stateStore', { task: task(attempt), event });
const taken = (attempt: number) => states('snapshotTaken', { task: task(attempt), checkpoint: 1, unaligned: false });

proves(writeStalled, {
  reaches: [store('flush-started'), store('write-stalled')],
  nearMiss: [store('flush-started'), store('flush-ended')],
});
proves(tombstoneOutlivesCompaction, {
  reaches: [store('compaction-started'), store('tombstones-kept')],
  nearMiss: [store('compaction-started'), store('compaction-ended')],
});
proves(blockLargerThanCache, { reaches: [store('block-not-cached')], nearMiss: [store('flush-started')] });
proves(snapshotDuringCompaction, {
  reaches: [store('compaction-started'), taken(1)],
  nearMiss: [store('compaction-started'), store('compaction-ended'), taken(1)],
});
// Of another attempt.
proves(snapshotDuringCompaction, {
  reaches: [store('compaction-started', 2), taken(2)],
  nearMiss: [store('compaction-started', 1), taken(2)],
});
proves(readFailedInTurn, {
  reaches: [starting(1), store('read-failed'), starting(2, 1)],
  nearMiss: [starting(1), store('read-failed'), starting(3, 1)],
});
proves(damagedBlockFound, { reaches: [store('block-damaged')], nearMiss: [store('read-failed')] });
proves(diskFailedFlush, { reaches: [store('flush-failed')], nearMiss: [store('compaction-failed')] });
proves(diskFailedCompaction, { reaches: [store('compaction-failed')], nearMiss: [store('flush-failed')] });
