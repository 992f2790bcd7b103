import {
  blockLargerThanCache,
  damageOfMisdirectedWrite,
  diskReadShort,
  diskRequestStalled,
  inFlightRestoredBesideFiles,
  keyGroupsCutThroughRun,
  noRoomDuringCompaction,
  noRoomDuringFlush,
  damagedBlockFound,
  diskFailedCompaction,
  diskFailedFlush,
  readFailedInTurn,
  snapshotDuringCompaction,
  tombstoneOutlivesCompaction,
  writeStalled,
  failedSyncLied,
  ttlCleanedInCompaction,
  unsyncedWriteSurvived,
} from './state-store.ts';
import type { StateStoreEvent } from '../../core/facts.ts';
import { diskDoes, proves, starting, states, task } from './testing/facts.ts';

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

proves(noRoomDuringFlush, {
  reaches: [store('flush-started'), store('append-failed'), store('flush-failed')],
  nearMiss: [store('append-failed', 1), store('flush-failed', 2)],
});
// A run could not be read.
proves(noRoomDuringCompaction, {
  reaches: [store('compaction-started'), store('append-failed'), store('compaction-failed')],
  nearMiss: [store('compaction-started'), store('block-damaged'), store('compaction-failed')],
});
proves(keyGroupsCutThroughRun, { reaches: [store('run-cut')], nearMiss: [store('flush-started')] });
const replaying = (attempt: number) =>
  states('replayStarted', { task: task(attempt), channels: [{ edge: 0, attempt: 1, sender: 0, receiver: 0 }] });
proves(inFlightRestoredBesideFiles, {
  reaches: [starting(1), store('flush-started'), starting(2, 1, 3), replaying(2)],
  nearMiss: [starting(1), store('flush-started'), starting(2, 1, 2), replaying(2)],
});
// On the heap.
proves(inFlightRestoredBesideFiles, {
  reaches: [starting(1), store('flush-started'), starting(2, 1, 3), replaying(2)],
  nearMiss: [starting(1), starting(2, 1, 3), replaying(2)],
});
proves(damageOfMisdirectedWrite, {
  reaches: [diskDoes('misdirected'), store('block-damaged')],
  nearMiss: [diskDoes('bit-rot'), store('block-damaged'), diskDoes('misdirected')],
});
proves(diskRequestStalled, { reaches: [diskDoes('stall')], nearMiss: [diskDoes('short-read')] });
proves(diskReadShort, { reaches: [diskDoes('short-read')], nearMiss: [diskDoes('read-error')] });
proves(ttlCleanedInCompaction, {
  reaches: [states('stateDropped', { task: task(), state: 's', key: 'a', keyGroup: 0, mapKey: undefined, now: 9 })],
  nearMiss: [store('compaction-started'), store('compaction-ended')],
});
proves(failedSyncLied, { reaches: [diskDoes('sync-lied')], nearMiss: [diskDoes('sync-failed')] });
proves(unsyncedWriteSurvived, { reaches: [diskDoes('written-back')], nearMiss: [diskDoes('sync-lied')] });
