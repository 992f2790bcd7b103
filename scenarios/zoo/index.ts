/** Every planted bug. */
import { acknowledgedBeforeUploaded } from './entries/acknowledged-before-uploaded.ts';
import { channelNotBlocked } from './entries/channel-not-blocked.ts';
import { commitAtPreCommit } from './entries/commit-at-pre-commit.ts';
import { floorStoredAsWatermark } from './entries/floor-stored-as-watermark.ts';
import { hashModParallelism } from './entries/hash-mod-parallelism.ts';
import { lastBufferDropped } from './entries/last-buffer-dropped.ts';
import { oldAttemptAcknowledges } from './entries/old-attempt-acknowledges.ts';
import { recordBeforeSyncPart } from './entries/record-before-sync-part.ts';
import { snapshotSharesLiveState } from './entries/snapshot-shares-live-state.ts';
import { sourceOffsetNotRestored } from './entries/source-offset-not-restored.ts';
import { timersNotRestored } from './entries/timers-not-restored.ts';
import { windowFiresTwice } from './entries/window-fires-twice.ts';
import type { ZooEntry } from './entry.ts';

export const zooEntries: readonly ZooEntry[] = [
  channelNotBlocked,
  recordBeforeSyncPart,
  sourceOffsetNotRestored,
  commitAtPreCommit,
  timersNotRestored,
  snapshotSharesLiveState,
  hashModParallelism,
  lastBufferDropped,
  windowFiresTwice,
  acknowledgedBeforeUploaded,
  floorStoredAsWatermark,
  oldAttemptAcknowledges,
];
