/**
 * Tolerable failures: an attempt is given up for failed checkpoints when more of them have failed in a row than the job tolerates, and
 * not before (SEMANTICS C4).
 *
 * Verified: when an attempt fails for that reason, more checkpoints have failed in it than `tolerableFailures` since the newest one
 * that was completed; once more have failed, the attempt triggers no further checkpoint a second later. A failed one counts once, if it
 * is newer than that success, and by what it was aborted for: expired, declined, or not to be written. Compared: each end of an
 * attempt for that reason, and each trigger behind a checkpoint that counts.
 * Not verified: savepoints, which count for nothing; why an attempt fails that gives another reason; that an attempt ends as soon as
 * one too many has failed (its tasks and its job manager may be slow).
 */
import type { AbortReason } from '../../core/facts.ts';
import { defineLaw, NO_CHECKPOINTS } from './define.ts';
import { note } from './evidence.ts';

/** What the reason of the attempt begins with (Flink: `CheckpointFailureManager`). */
const GIVEN_UP = 'CheckpointFailuresExceeded';
const COUNTED: ReadonlySet<AbortReason> = new Set<AbortReason>(['expired', 'declined', 'store-failed']);
/** Far more than a job manager needs from the failure to the end of what it coordinates. */
const SLACK_US = 1_000_000;

export const tolerableFailures = defineLaw({
  name: 'tolerable-failures',
  states:
    'An attempt is given up for failed checkpoints when more than the job tolerates have failed in a row, and not before.',
  compares: 'failed checkpoints in a row',
  anomalies: ['gave-up-early', 'went-on'],
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const { tolerableFailures: tolerable } = witness.world.checkpointing;
    /** Failed ones of the newest attempt that count. */
    const failed = new Set<number>();
    let completed = 0;
    /** Since when more have failed than the job tolerates, whatever comes later: there is no way back. Infinity: they have not. */
    let exceededUs = Infinity;
    const evidence = (why: string) => [
      note.values('failed in a row', [...failed]),
      note.value('tolerable', tolerable),
      note.text('because', why),
    ];
    return {
      attemptStarting: () => {
        failed.clear();
        completed = 0;
        exceededUs = Infinity;
      },
      checkpointAborted: ({ checkpoint, kind, reason }) => {
        if (kind !== 'checkpoint' || !COUNTED.has(reason) || checkpoint <= completed) return;
        failed.add(checkpoint);
        if (failed.size > tolerable) exceededUs = Math.min(exceededUs, witness.world.nowUs());
      },
      checkpointCompleted: ({ checkpoint }) => {
        if (checkpoint <= completed) return;
        completed = checkpoint;
        failed.clear();
      },
      checkpointTriggered: ({ checkpoint }) => {
        if (failed.size === 0 && exceededUs === Infinity) return;
        compared();
        if (witness.world.nowUs() - exceededUs <= SLACK_US) return;
        report(
          'went-on',
          'job',
          `checkpoint ${checkpoint} is triggered, though more had failed in a row than the job tolerates`,
          evidence(`exceeded at ${exceededUs} us`),
        );
      },
      attemptFailed: ({ attempt, message }) => {
        if (attempt !== witness.attempt?.number || !message.startsWith(GIVEN_UP)) return;
        compared();
        if (failed.size > tolerable) return;
        report(
          'gave-up-early',
          'job',
          `the attempt is given up for failed checkpoints, and the job tolerates as many as have failed in a row`,
          evidence(message),
        );
      },
    };
  },
});
