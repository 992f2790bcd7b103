/** Every planted bug, by its id. */
import { abortBeforeBarrierSwallowed } from './entries/abort-before-barrier-swallowed.ts';
import { acknowledgedBeforeUploaded } from './entries/acknowledged-before-uploaded.ts';
import { alignmentBeginsLate } from './entries/alignment-begins-late.ts';
import { alignmentLimitOverflows } from './entries/alignment-limit-overflows.ts';
import { appendErrorAfterTheSnapshot } from './entries/append-error-after-the-snapshot.ts';
import { appenderRegistersAfterItsCheck } from './entries/appender-registers-after-its-check.ts';
import { assignedSplitsInEnumeratorState } from './entries/assigned-splits-in-enumerator-state.ts';
import { asyncAnsweredLeftOutOfState } from './entries/async-answered-left-out-of-state.ts';
import { asyncEndOfDataBeforeResults } from './entries/async-end-of-data-before-results.ts';
import { asyncNothingPendingNotWritten } from './entries/async-nothing-pending-not-written.ts';
import { asyncRestoredAllAtOnce } from './entries/async-restored-all-at-once.ts';
import { asyncRetriedAfterTheEnd } from './entries/async-retried-after-the-end.ts';
import { asyncRetriesDoNotBackOff } from './entries/async-retries-do-not-back-off.ts';
import { asyncSecondFailureCounts } from './entries/async-second-failure-counts.ts';
import { asyncWatermarkOvertakesResults } from './entries/async-watermark-overtakes-results.ts';
import { backgroundErrorsSwallowed } from './entries/background-errors-swallowed.ts';
import { barrierPlaceWithoutId } from './entries/barrier-place-without-id.ts';
import { baseIsTheLastUpload } from './entries/base-is-the-last-upload.ts';
import { batchOutputCommittedByStage } from './entries/batch-output-committed-by-stage.ts';
import { batchResultBeforeComplete } from './entries/batch-result-before-complete.ts';
import { blockUnchecked } from './entries/block-unchecked.ts';
import { broadcastSnapshotIsLive } from './entries/broadcast-snapshot-is-live.ts';
import { cancelMarkerForBegunOnly } from './entries/cancel-marker-for-begun-only.ts';
import { carriedStateDropped } from './entries/carried-state-dropped.ts';
import { channelAtTheOutputLeftOut } from './entries/channel-at-the-output-left-out.ts';
import { channelNotBlocked } from './entries/channel-not-blocked.ts';
import { checkpointNeverExpires } from './entries/checkpoint-never-expires.ts';
import { claimsUnasked } from './entries/claims-unasked.ts';
import { cleanUpByMergedBounds } from './entries/clean-up-by-merged-bounds.ts';
import { cleanedUpWhenLeadershipIsLost } from './entries/cleaned-up-when-leadership-is-lost.ts';
import { commitAtPreCommit } from './entries/commit-at-pre-commit.ts';
import { commitByTimeOfCommit } from './entries/commit-by-time-of-commit.ts';
import { committablesOfHeadOnly } from './entries/committables-of-head-only.ts';
import { committablesOfMovedSinkLost } from './entries/committables-of-moved-sink-lost.ts';
import { committablesWithoutCheckpoint } from './entries/committables-without-checkpoint.ts';
import { completedBehindTheEnd } from './entries/completed-behind-the-end.ts';
import { completedSortedAsText } from './entries/completed-sorted-as-text.ts';
import { continuousBeyondTheEnd } from './entries/continuous-beyond-the-end.ts';
import { continuousMergeWithoutTimer } from './entries/continuous-merge-without-timer.ts';
import { countFiresOneLate } from './entries/count-fires-one-late.ts';
import { countStateStays } from './entries/count-state-stays.ts';
import { coveringWindowOverwrites } from './entries/covering-window-overwrites.ts';
import { defaultKeyGroupsInTasks } from './entries/default-key-groups-in-tasks.ts';
import { drainEndsBehindItsBarrier } from './entries/drain-ends-behind-its-barrier.ts';
import { drainFlagInverted } from './entries/drain-flag-inverted.ts';
import { elementLateTooLate } from './entries/element-late-too-late.ts';
import { emptyPaneNotCleaned } from './entries/empty-pane-not-cleaned.ts';
import { emptyPartitionNeverEnds } from './entries/empty-partition-never-ends.ts';
import { endByLastRecord } from './entries/end-by-last-record.ts';
import { endCountsAsBarrier } from './entries/end-counts-as-barrier.ts';
import { endDoesNotCompleteAlignment } from './entries/end-does-not-complete-alignment.ts';
import { endedChannelStillExpected } from './entries/ended-channel-still-expected.ts';
import { endsOfDataNotReset } from './entries/ends-of-data-not-reset.ts';
import { enumeratorsKeepWhatWasLost } from './entries/enumerators-keep-what-was-lost.ts';
import { enumeratorsNotReset } from './entries/enumerators-not-reset.ts';
import { evictedStayInState } from './entries/evicted-stay-in-state.ts';
import { failedAppendPassedOver } from './entries/failed-append-passed-over.ts';
import { failuresNeverForgotten } from './entries/failures-never-forgotten.ts';
import { fileCommitNotIdempotent } from './entries/file-commit-not-idempotent.ts';
import { fileSinkFinishesBySequence } from './entries/file-sink-finishes-by-sequence.ts';
import { fileSinkForgetsClosed } from './entries/file-sink-forgets-closed.ts';
import { fileSinkSweepsOwnSubtaskOnly } from './entries/file-sink-sweeps-own-subtask-only.ts';
import { fileSinkSweepsWhatIsNamed } from './entries/file-sink-sweeps-what-is-named.ts';
import { finalNotificationAwaitedOnce } from './entries/final-notification-awaited-once.ts';
import { finishedOperatorAdvances } from './entries/finished-operator-advances.ts';
import { floorStoredAsWatermark } from './entries/floor-stored-as-watermark.ts';
import { floorsComparedAsText } from './entries/floors-compared-as-text.ts';
import { floorsForwardedToNeighbours } from './entries/floors-forwarded-to-neighbours.ts';
import { floorsMergedToTheLeast } from './entries/floors-merged-to-the-least.ts';
import { floorsNotForwarded } from './entries/floors-not-forwarded.ts';
import { flushedForAViewUnpinned } from './entries/flushed-for-a-view-unpinned.ts';
import { futureBoundInclusive } from './entries/future-bound-inclusive.ts';
import { groupAtItsFloorFires } from './entries/group-at-its-floor-fires.ts';
import { hashModParallelism } from './entries/hash-mod-parallelism.ts';
import { heldUpTimeBeginsAnew } from './entries/held-up-time-begins-anew.ts';
import { hostsNeverReleased } from './entries/hosts-never-released.ts';
import { idleBeforeItIsWaitedFor } from './entries/idle-before-it-is-waited-for.ts';
import { idleInSpiteOfRecords } from './entries/idle-in-spite-of-records.ts';
import { idleNotPassedOn } from './entries/idle-not-passed-on.ts';
import { idleReaderReportsItsLastWatermark } from './entries/idle-reader-reports-its-last-watermark.ts';
import { inFlightKeptPastBarrier } from './entries/in-flight-kept-past-barrier.ts';
import { inFlightOfFirstGateOnly } from './entries/in-flight-of-first-gate-only.ts';
import { inFlightRequestForSavepoint } from './entries/in-flight-request-for-savepoint.ts';
import { inFlightUnderLoopIndex } from './entries/in-flight-under-loop-index.ts';
import { inlineStateInAReusedBuffer } from './entries/inline-state-in-a-reused-buffer.ts';
import { inlineStateKeepsItsOldNames } from './entries/inline-state-keeps-its-old-names.ts';
import { inlineStateOfOwnSubtaskOnly } from './entries/inline-state-of-own-subtask-only.ts';
import { joinBoundsNotMirrored } from './entries/join-bounds-not-mirrored.ts';
import { joinBufferNeverCleaned } from './entries/join-buffer-never-cleaned.ts';
import { joinCleanedByTheOtherBound } from './entries/join-cleaned-by-the-other-bound.ts';
import { joinLateAtWatermark } from './entries/join-late-at-watermark.ts';
import { joinSameTimeOverwrites } from './entries/join-same-time-overwrites.ts';
import { joinTimestampOfTheLeft } from './entries/join-timestamp-of-the-left.ts';
import { joinUpperBoundMissed } from './entries/join-upper-bound-missed.ts';
import { keyGroupsOfOthersRestored } from './entries/key-groups-of-others-restored.ts';
import { keyTimersStayClosed } from './entries/key-timers-stay-closed.ts';
import { keysOfOtherStatesVisited } from './entries/keys-of-other-states-visited.ts';
import { lastBufferDropped } from './entries/last-buffer-dropped.ts';
import { lastGroupWithoutFloor } from './entries/last-group-without-floor.ts';
import { lastKeyNotEnded } from './entries/last-key-not-ended.ts';
import { lateAcknowledgementCounts } from './entries/late-acknowledgement-counts.ts';
import { latePaneWaits } from './entries/late-pane-waits.ts';
import { lateWindowEndsTheElement } from './entries/late-window-ends-the-element.ts';
import { leftoversSparedByOwner } from './entries/leftovers-spared-by-owner.ts';
import { listStateOfLastHandle } from './entries/list-state-of-last-handle.ts';
import { localCopiesDeletedByRestore } from './entries/local-copies-deleted-by-restore.ts';
import { localCopiesOfTheCompletedDropped } from './entries/local-copies-of-the-completed-dropped.ts';
import { localCopyReadShort } from './entries/local-copy-read-short.ts';
import { localCopyUnchecked } from './entries/local-copy-unchecked.ts';
import { localCopyUnsynced } from './entries/local-copy-unsynced.ts';
import { localManifestNameUnsynced } from './entries/local-manifest-name-unsynced.ts';
import { longRunOfTimersIsCut } from './entries/long-run-of-timers-is-cut.ts';
import { looksNoMoreAfterRestore } from './entries/looks-no-more-after-restore.ts';
import { lostTaskManagerStaysRegistered } from './entries/lost-task-manager-stays-registered.ts';
import { lsmTimerDeletedAtTheHead } from './entries/lsm-timer-deleted-at-the-head.ts';
import { mapCopySharesEntries } from './entries/map-copy-shares-entries.ts';
import { mapIterationMissesEntries } from './entries/map-iteration-misses-entries.ts';
import { maxRunsOverIdle } from './entries/max-runs-over-idle.ts';
import { maxWhenNoneIsAligned } from './entries/max-when-none-is-aligned.ts';
import { maxWheneverASourceEnds } from './entries/max-whenever-a-source-ends.ts';
import { mergedLateWindowFiresTwice } from './entries/merged-late-window-fires-twice.ts';
import { mergedNamespaceKept } from './entries/merged-namespace-kept.ts';
import { mergedWindowShrinks } from './entries/merged-window-shrinks.ts';
import { mergingWindowsWrittenLate } from './entries/merging-windows-written-late.ts';
import { messageInAReusedBuffer } from './entries/message-in-a-reused-buffer.ts';
import { missingObjectTriedForEver } from './entries/missing-object-tried-for-ever.ts';
import { movedSavepointByOldNames } from './entries/moved-savepoint-by-old-names.ts';
import { newSubtaskDoesNotFilter } from './entries/new-subtask-does-not-filter.ts';
import { noCommitWithoutInput } from './entries/no-commit-without-input.ts';
import { noMaxAtTheEnd } from './entries/no-max-at-the-end.ts';
import { noMoreSplitsAfterEachListing } from './entries/no-more-splits-after-each-listing.ts';
import { nothingSweptAtTheEnd } from './entries/nothing-swept-at-the-end.ts';
import { notifiedBeforePointer } from './entries/notified-before-pointer.ts';
import { obsoleteBarrierFailsTask } from './entries/obsolete-barrier-fails-task.ts';
import { oldAttemptAcknowledges } from './entries/old-attempt-acknowledges.ts';
import { olderCommittablesNotRestored } from './entries/older-committables-not-restored.ts';
import { olderCompletesAfterNewer } from './entries/older-completes-after-newer.ts';
import { olderNotificationFailsSink } from './entries/older-notification-fails-sink.ts';
import { olderRunHidesNewer } from './entries/older-run-hides-newer.ts';
import { oneCommittableOfASubtask } from './entries/one-committable-of-a-subtask.ts';
import { oneEdgeDisablesAll } from './entries/one-edge-disables-all.ts';
import { openBufferNotInFlight } from './entries/open-buffer-not-in-flight.ts';
import { outputInFlightDropped } from './entries/output-in-flight-dropped.ts';
import { partCommittedForTheWhole } from './entries/part-committed-for-the-whole.ts';
import { partitionerOfTwoEdges } from './entries/partitioner-of-two-edges.ts';
import { partlyFinishedIsFinished } from './entries/partly-finished-is-finished.ts';
import { pausedSplitGoesIdle } from './entries/paused-split-goes-idle.ts';
import { persisterStoppedByAnOldCheckpoint } from './entries/persister-stopped-by-an-old-checkpoint.ts';
import { pointwiseEdgeOvertaken } from './entries/pointwise-edge-overtaken.ts';
import { positionOfLastRecord } from './entries/position-of-last-record.ts';
import { queryAnswersWithTheLastKey } from './entries/query-answers-with-the-last-key.ts';
import { queryAsksAnotherSubtask } from './entries/query-asks-another-subtask.ts';
import { queuedRecordsOvertake } from './entries/queued-records-overtake.ts';
import { reactiveNeverScalesUp } from './entries/reactive-never-scales-up.ts';
import { reactiveWaitsForLostSlots } from './entries/reactive-waits-for-lost-slots.ts';
import { readErrorEndsTheSplit } from './entries/read-error-ends-the-split.ts';
import { readerVersionForWriter } from './entries/reader-version-for-writer.ts';
import { readerWithoutSplitsEndsTime } from './entries/reader-without-splits-ends-time.ts';
import { readerWithoutSplitsIdleTooEarly } from './entries/reader-without-splits-idle-too-early.ts';
import { readerWithoutSplitsIsIdle } from './entries/reader-without-splits-is-idle.ts';
import { readerWithoutSplitsNeverIdle } from './entries/reader-without-splits-never-idle.ts';
import { readsBeforeRestoredRuns } from './entries/reads-before-restored-runs.ts';
import { readyWhileReplaying } from './entries/ready-while-replaying.ts';
import { recordBeforeSyncPart } from './entries/record-before-sync-part.ts';
import { recordCountsBeforeItIsEmitted } from './entries/record-counts-before-it-is-emitted.ts';
import { recordDroppedOnWakeUp } from './entries/record-dropped-on-wake-up.ts';
import { recordsBeforeUnalignedSnapshot } from './entries/records-before-unaligned-snapshot.ts';
import { refusedTriggerIsTheLast } from './entries/refused-trigger-is-the-last.ts';
import { registeredBehindTheMetadata } from './entries/registered-behind-the-metadata.ts';
import { removalBelieved } from './entries/removal-believed.ts';
import { replayAfterNewData } from './entries/replay-after-new-data.ts';
import { replayedWatermarksStay } from './entries/replayed-watermarks-stay.ts';
import { rescaleLostToRestart } from './entries/rescale-lost-to-restart.ts';
import { restoredRunsUpsideDown } from './entries/restored-runs-upside-down.ts';
import { retainedKeepsOldest } from './entries/retained-keeps-oldest.ts';
import { retainedNotRegisteredAtStart } from './entries/retained-not-registered-at-start.ts';
import { ringLeavesItArmed } from './entries/ring-leaves-it-armed.ts';
import { savepointBarrierOvertakes } from './entries/savepoint-barrier-overtakes.ts';
import { savepointBecomesTheBase } from './entries/savepoint-becomes-the-base.ts';
import { savepointBoundByMinPause } from './entries/savepoint-bound-by-min-pause.ts';
import { savepointCommits } from './entries/savepoint-commits.ts';
import { savepointPreferred } from './entries/savepoint-preferred.ts';
import { secondLatestRestored } from './entries/second-latest-restored.ts';
import { senderSideReplayedFirst } from './entries/sender-side-replayed-first.ts';
import { sharedSweptAtStart } from './entries/shared-swept-at-start.ts';
import { sinkAbortsWhatOthersCommit } from './entries/sink-aborts-what-others-commit.ts';
import { sinksShareAProducer } from './entries/sinks-share-a-producer.ts';
import { snapshotNamesBySlot } from './entries/snapshot-names-by-slot.ts';
import { snapshotSharesLiveState } from './entries/snapshot-shares-live-state.ts';
import { sortDropsARun } from './entries/sort-drops-a-run.ts';
import { sourceOffsetNotRestored } from './entries/source-offset-not-restored.ts';
import { splitCountsFromItsFirstRecord } from './entries/split-counts-from-its-first-record.ts';
import { splitWatermarkNotRestored } from './entries/split-watermark-not-restored.ts';
import { splitsOfCompletionTime } from './entries/splits-of-completion-time.ts';
import { stateOfTheKilledStays } from './entries/state-of-the-killed-stays.ts';
import { stopForgottenWhileOnePends } from './entries/stop-forgotten-while-one-pends.ts';
import { stopKeepsOlderCheckpoints } from './entries/stop-keeps-older-checkpoints.ts';
import { subsumedDeletedBeforePointer } from './entries/subsumed-deleted-before-pointer.ts';
import { subsumedStaysBlocked } from './entries/subsumed-stays-blocked.ts';
import { subsumptionDeletesShared } from './entries/subsumption-deletes-shared.ts';
import { syncFailureTolerated } from './entries/sync-failure-tolerated.ts';
import { timeEvictorKeepsTheEdge } from './entries/time-evictor-keeps-the-edge.ts';
import { timedOutOutputNotKept } from './entries/timed-out-output-not-kept.ts';
import { timerAtWatermarkWaits } from './entries/timer-at-watermark-waits.ts';
import { timerTimeCutShort } from './entries/timer-time-cut-short.ts';
import { timersFireBeforeTheBarrier } from './entries/timers-fire-before-the-barrier.ts';
import { timersNotRestored } from './entries/timers-not-restored.ts';
import { tombstoneDroppedEarly } from './entries/tombstone-dropped-early.ts';
import { touchingSessionsStayApart } from './entries/touching-sessions-stay-apart.ts';
import { transactionsOfSiblingsAborted } from './entries/transactions-of-siblings-aborted.ts';
import { triggeredAfterTheEnd } from './entries/triggered-after-the-end.ts';
import { ttlAddToExpired } from './entries/ttl-add-to-expired.ts';
import { ttlCleanUpTakesTheMap } from './entries/ttl-clean-up-takes-the-map.ts';
import { ttlEndsOneLate } from './entries/ttl-ends-one-late.ts';
import { ttlReadDoesNotTouch } from './entries/ttl-read-does-not-touch.ts';
import { ttlSnapshotByAClockAhead } from './entries/ttl-snapshot-by-a-clock-ahead.ts';
import { ttlSnapshotDropsList } from './entries/ttl-snapshot-drops-list.ts';
import { ttlSnapshotTimeReadOnce } from './entries/ttl-snapshot-time-read-once.ts';
import { ttlSwitchedOnLongAgo } from './entries/ttl-switched-on-long-ago.ts';
import { unblockedAtTimeout } from './entries/unblocked-at-timeout.ts';
import { unionAbortedWhileAllRead } from './entries/union-aborted-while-all-read.ts';
import { unionEndNotCounted } from './entries/union-end-not-counted.ts';
import { unionUnchangedAtSameParallelism } from './entries/union-unchanged-at-same-parallelism.ts';
import { unknownAppendBelieved } from './entries/unknown-append-believed.ts';
import { unknownWriteIsFailure } from './entries/unknown-write-is-failure.ts';
import { unreadSplitNotInSnapshot } from './entries/unread-split-not-in-snapshot.ts';
import { unreadableCheckpointIsNone } from './entries/unreadable-checkpoint-is-none.ts';
import { unreadableStateIsEmpty } from './entries/unreadable-state-is-empty.ts';
import { upsertKeepsTheFirst } from './entries/upsert-keeps-the-first.ts';
import { upsertVersionsWithoutAttempt } from './entries/upsert-versions-without-attempt.ts';
import { valveWithoutFlush } from './entries/valve-without-flush.ts';
import { watermarkAheadOfItsTimers } from './entries/watermark-ahead-of-its-timers.ts';
import { watermarkFollowsLastRecord } from './entries/watermark-follows-last-record.ts';
import { watermarkPassesAligningBarrier } from './entries/watermark-passes-aligning-barrier.ts';
import { windowFiresTwice } from './entries/window-fires-twice.ts';
import { windowLateTooLate } from './entries/window-late-too-late.ts';
import { windowNamespaceNotMigrated } from './entries/window-namespace-not-migrated.ts';
import { windowOfItsEnd } from './entries/window-of-its-end.ts';
import { windowOfNegativeTime } from './entries/window-of-negative-time.ts';
import type { ZooEntry } from './entry.ts';

export const zooEntries: readonly ZooEntry[] = [
  abortBeforeBarrierSwallowed,
  acknowledgedBeforeUploaded,
  alignmentBeginsLate,
  alignmentLimitOverflows,
  appendErrorAfterTheSnapshot,
  appenderRegistersAfterItsCheck,
  assignedSplitsInEnumeratorState,
  asyncAnsweredLeftOutOfState,
  asyncEndOfDataBeforeResults,
  asyncNothingPendingNotWritten,
  asyncRestoredAllAtOnce,
  asyncRetriedAfterTheEnd,
  asyncRetriesDoNotBackOff,
  asyncSecondFailureCounts,
  asyncWatermarkOvertakesResults,
  backgroundErrorsSwallowed,
  barrierPlaceWithoutId,
  baseIsTheLastUpload,
  batchOutputCommittedByStage,
  batchResultBeforeComplete,
  blockUnchecked,
  broadcastSnapshotIsLive,
  cancelMarkerForBegunOnly,
  carriedStateDropped,
  channelAtTheOutputLeftOut,
  channelNotBlocked,
  checkpointNeverExpires,
  claimsUnasked,
  cleanUpByMergedBounds,
  cleanedUpWhenLeadershipIsLost,
  commitAtPreCommit,
  commitByTimeOfCommit,
  committablesOfHeadOnly,
  committablesOfMovedSinkLost,
  committablesWithoutCheckpoint,
  completedBehindTheEnd,
  completedSortedAsText,
  continuousBeyondTheEnd,
  continuousMergeWithoutTimer,
  countFiresOneLate,
  countStateStays,
  coveringWindowOverwrites,
  defaultKeyGroupsInTasks,
  drainEndsBehindItsBarrier,
  drainFlagInverted,
  elementLateTooLate,
  emptyPaneNotCleaned,
  emptyPartitionNeverEnds,
  endByLastRecord,
  endCountsAsBarrier,
  endDoesNotCompleteAlignment,
  endedChannelStillExpected,
  endsOfDataNotReset,
  enumeratorsKeepWhatWasLost,
  enumeratorsNotReset,
  evictedStayInState,
  failedAppendPassedOver,
  failuresNeverForgotten,
  fileCommitNotIdempotent,
  fileSinkFinishesBySequence,
  fileSinkForgetsClosed,
  fileSinkSweepsOwnSubtaskOnly,
  fileSinkSweepsWhatIsNamed,
  finalNotificationAwaitedOnce,
  finishedOperatorAdvances,
  floorStoredAsWatermark,
  floorsComparedAsText,
  floorsForwardedToNeighbours,
  floorsMergedToTheLeast,
  floorsNotForwarded,
  flushedForAViewUnpinned,
  futureBoundInclusive,
  groupAtItsFloorFires,
  hashModParallelism,
  heldUpTimeBeginsAnew,
  hostsNeverReleased,
  idleBeforeItIsWaitedFor,
  idleInSpiteOfRecords,
  idleNotPassedOn,
  idleReaderReportsItsLastWatermark,
  inFlightKeptPastBarrier,
  inFlightOfFirstGateOnly,
  inFlightRequestForSavepoint,
  inFlightUnderLoopIndex,
  inlineStateInAReusedBuffer,
  inlineStateKeepsItsOldNames,
  inlineStateOfOwnSubtaskOnly,
  joinBoundsNotMirrored,
  joinBufferNeverCleaned,
  joinCleanedByTheOtherBound,
  joinLateAtWatermark,
  joinSameTimeOverwrites,
  joinTimestampOfTheLeft,
  joinUpperBoundMissed,
  keyGroupsOfOthersRestored,
  keyTimersStayClosed,
  keysOfOtherStatesVisited,
  lastBufferDropped,
  lastGroupWithoutFloor,
  lastKeyNotEnded,
  lateAcknowledgementCounts,
  latePaneWaits,
  lateWindowEndsTheElement,
  leftoversSparedByOwner,
  listStateOfLastHandle,
  localCopiesDeletedByRestore,
  localCopiesOfTheCompletedDropped,
  localCopyReadShort,
  localCopyUnchecked,
  localCopyUnsynced,
  localManifestNameUnsynced,
  longRunOfTimersIsCut,
  looksNoMoreAfterRestore,
  lostTaskManagerStaysRegistered,
  lsmTimerDeletedAtTheHead,
  mapCopySharesEntries,
  mapIterationMissesEntries,
  maxRunsOverIdle,
  maxWhenNoneIsAligned,
  maxWheneverASourceEnds,
  mergedLateWindowFiresTwice,
  mergedNamespaceKept,
  mergedWindowShrinks,
  mergingWindowsWrittenLate,
  messageInAReusedBuffer,
  missingObjectTriedForEver,
  movedSavepointByOldNames,
  newSubtaskDoesNotFilter,
  noCommitWithoutInput,
  noMaxAtTheEnd,
  noMoreSplitsAfterEachListing,
  nothingSweptAtTheEnd,
  notifiedBeforePointer,
  obsoleteBarrierFailsTask,
  oldAttemptAcknowledges,
  olderCommittablesNotRestored,
  olderCompletesAfterNewer,
  olderNotificationFailsSink,
  olderRunHidesNewer,
  oneCommittableOfASubtask,
  oneEdgeDisablesAll,
  openBufferNotInFlight,
  outputInFlightDropped,
  partCommittedForTheWhole,
  partitionerOfTwoEdges,
  partlyFinishedIsFinished,
  pausedSplitGoesIdle,
  persisterStoppedByAnOldCheckpoint,
  pointwiseEdgeOvertaken,
  positionOfLastRecord,
  queryAnswersWithTheLastKey,
  queryAsksAnotherSubtask,
  queuedRecordsOvertake,
  reactiveNeverScalesUp,
  reactiveWaitsForLostSlots,
  readErrorEndsTheSplit,
  readerVersionForWriter,
  readerWithoutSplitsEndsTime,
  readerWithoutSplitsIdleTooEarly,
  readerWithoutSplitsIsIdle,
  readerWithoutSplitsNeverIdle,
  readsBeforeRestoredRuns,
  readyWhileReplaying,
  recordBeforeSyncPart,
  recordCountsBeforeItIsEmitted,
  recordDroppedOnWakeUp,
  recordsBeforeUnalignedSnapshot,
  refusedTriggerIsTheLast,
  registeredBehindTheMetadata,
  removalBelieved,
  replayAfterNewData,
  replayedWatermarksStay,
  rescaleLostToRestart,
  restoredRunsUpsideDown,
  retainedKeepsOldest,
  retainedNotRegisteredAtStart,
  ringLeavesItArmed,
  savepointBarrierOvertakes,
  savepointBecomesTheBase,
  savepointBoundByMinPause,
  savepointCommits,
  savepointPreferred,
  secondLatestRestored,
  senderSideReplayedFirst,
  sharedSweptAtStart,
  sinkAbortsWhatOthersCommit,
  sinksShareAProducer,
  snapshotNamesBySlot,
  snapshotSharesLiveState,
  sortDropsARun,
  sourceOffsetNotRestored,
  splitCountsFromItsFirstRecord,
  splitWatermarkNotRestored,
  splitsOfCompletionTime,
  stateOfTheKilledStays,
  stopForgottenWhileOnePends,
  stopKeepsOlderCheckpoints,
  subsumedDeletedBeforePointer,
  subsumedStaysBlocked,
  subsumptionDeletesShared,
  syncFailureTolerated,
  timeEvictorKeepsTheEdge,
  timedOutOutputNotKept,
  timerAtWatermarkWaits,
  timerTimeCutShort,
  timersFireBeforeTheBarrier,
  timersNotRestored,
  tombstoneDroppedEarly,
  touchingSessionsStayApart,
  transactionsOfSiblingsAborted,
  triggeredAfterTheEnd,
  ttlAddToExpired,
  ttlCleanUpTakesTheMap,
  ttlEndsOneLate,
  ttlReadDoesNotTouch,
  ttlSnapshotByAClockAhead,
  ttlSnapshotDropsList,
  ttlSnapshotTimeReadOnce,
  ttlSwitchedOnLongAgo,
  unblockedAtTimeout,
  unionAbortedWhileAllRead,
  unionEndNotCounted,
  unionUnchangedAtSameParallelism,
  unknownAppendBelieved,
  unknownWriteIsFailure,
  unreadSplitNotInSnapshot,
  unreadableCheckpointIsNone,
  unreadableStateIsEmpty,
  upsertKeepsTheFirst,
  upsertVersionsWithoutAttempt,
  valveWithoutFlush,
  watermarkAheadOfItsTimers,
  watermarkFollowsLastRecord,
  watermarkPassesAligningBarrier,
  windowFiresTwice,
  windowLateTooLate,
  windowNamespaceNotMigrated,
  windowOfItsEnd,
  windowOfNegativeTime,
];
