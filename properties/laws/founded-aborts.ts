/**
 * Founded aborts: a checkpoint is given up for what has happened, and the reason that is given is what it was (SEMANTICS B1, B7, B8, C1 to C3, U5).
 *
 *     a task declines        not-ready            it replays in-flight data
 *                            closing              it has heard of a completed checkpoint that it has taken
 *                            cancellation-marker  a cancel marker of that checkpoint, or of a newer one, has come to it
 *                            subsumed             a newer one has been triggered
 *     the coordinator aborts expired              the timeout is over, and an acknowledgement is missing
 *                            subsumed             a task has declined it so, or it is no savepoint and a newer one was completed
 *                            task-closing         a task has declined it so, or has finished without an acknowledgement
 *                            what a task says     a task has declined it so
 *                            partly-finished      some task may have no input left
 *                            base-gone            a checkpoint before it was aborted, or completed and maybe subsumed another
 *
 * A job bears an abort without cause, and takes another checkpoint: nothing else would tell. Compared: each decline and each abort for
 * one of these reasons. Not verified: that a task fails to take its snapshot, which law `io-errors` asks for a cause; that the store
 * has failed; the end of an attempt (law `alignment-ends`); that what has happened does end a checkpoint.
 */
import type { DeclineReason } from '../../core/barrier-options.ts';
import type { AbortReason, Facts } from '../../core/facts.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, NO_CHECKPOINTS } from './define.ts';
import { note } from './evidence.ts';
import { DRIFT_MAX } from './timing.ts';

/** How the coordinator calls what a task has declined for. */
const DECLINED_FOR: Readonly<Partial<Record<AbortReason, DeclineReason>>> = {
  declined: 'failed',
  'task-not-ready': 'not-ready',
  'task-closing': 'closing',
  'cancellation-marker': 'cancellation-marker',
  subsumed: 'subsumed',
};

interface Pending {
  readonly triggeredUs: number;
  /** Acknowledgements that are missing, by the names of the tasks. */
  readonly missing: Set<string>;
  readonly declinedFor: Set<DeclineReason>;
}

export const foundedAborts = defineLaw({
  name: 'founded-aborts',
  states:
    'A checkpoint is declined by a task, or aborted by the coordinator, for what has happened, and for nothing else.',
  compares: 'reasons for which checkpoints were declined or aborted',
  anomalies: ['declined', 'aborted'],
  notInBatch: NO_CHECKPOINTS,
  judge(witness, report, compared) {
    const { timeoutMs } = witness.world.checkpointing;
    const pending = new Map<number, Pending>();
    const replaying = new Set<TaskRecord>();
    /** The newest checkpoint that a task was told of a cancel of, and the newest that it knows to be complete. */
    const cancelled = new Map<TaskRecord, number>();
    const heardComplete = new Map<TaskRecord, number>();
    let newest = 0;
    let newestCompleted = 0;
    let anyOver = false;

    /** Undefined: that is not judged here. */
    const mayDecline = (task: TaskRecord, checkpoint: number, reason: DeclineReason): boolean | undefined => {
      switch (reason) {
        case 'not-ready':
          return replaying.has(task);
        case 'closing':
          return (heardComplete.get(task) ?? 0) > 0 && mayHaveEnded(task);
        case 'cancellation-marker':
          return (cancelled.get(task) ?? 0) >= checkpoint;
        case 'subsumed':
          return newest > checkpoint;
        case 'failed':
          return undefined;
      }
    };
    const tasks = (): readonly TaskRecord[] => [...(witness.attempt?.tasks() ?? [])];
    const mayAbort = ({ checkpoint, kind, reason }: Facts['checkpointAborted'], one: Pending): boolean | undefined => {
      const declined = DECLINED_FOR[reason];
      if (declined !== undefined && one.declinedFor.has(declined)) return true;
      switch (reason) {
        case 'expired':
          return one.missing.size > 0 && DRIFT_MAX * (witness.world.nowUs() - one.triggeredUs) >= 1_000 * timeoutMs;
        case 'subsumed':
          return kind === 'checkpoint' && newestCompleted > checkpoint;
        case 'task-closing':
          return tasks().some((task) => task.finished && one.missing.has(task.name));
        case 'partly-finished':
          return tasks().some(mayHaveEnded);
        case 'base-gone':
          return anyOver;
        case 'declined':
        case 'task-not-ready':
        case 'cancellation-marker':
          return false;
        default:
          return undefined;
      }
    };

    return {
      attemptStarting: () => {
        for (const map of [pending, cancelled, heardComplete]) map.clear();
        replaying.clear();
        newest = 0;
        newestCompleted = 0;
        anyOver = false;
      },
      replayStarted: (task) => {
        replaying.add(task);
      },
      replayEnded: (task) => {
        replaying.delete(task);
      },
      cancelReceived: (task, _, { checkpoint }) => {
        cancelled.set(task, Math.max(cancelled.get(task) ?? 0, checkpoint));
      },
      notifiedComplete: (task, { checkpoint }) => {
        heardComplete.set(task, checkpoint);
      },
      notifiedAborted: (task, { latestCompleted }) => {
        if (latestCompleted > 0) heardComplete.set(task, latestCompleted);
      },
      checkpointTriggered: ({ checkpoint, finished }) => {
        newest = Math.max(newest, checkpoint);
        const missing = new Set(tasks().map(({ name }) => name));
        for (const name of finished) missing.delete(name);
        pending.set(checkpoint, { triggeredUs: witness.world.nowUs(), missing, declinedFor: new Set() });
      },
      checkpointAcknowledged: ({ checkpoint, task: { vertex, subtask } }) => {
        pending.get(checkpoint)?.missing.delete(`${vertex}[${subtask}]`);
      },
      declined: (task, { checkpoint, reason, message }) => {
        pending.get(checkpoint)?.declinedFor.add(reason);
        const may = mayDecline(task, checkpoint, reason);
        if (may !== undefined) compared();
        if (may !== false) return;
        report(
          'declined',
          task.vertex.uid,
          `${task.name} declines checkpoint ${checkpoint} (${reason}) without cause`,
          [note.text('because', message)],
        );
      },
      checkpointCompleted: ({ checkpoint, kind }) => {
        if (kind !== 'savepoint') newestCompleted = Math.max(newestCompleted, checkpoint);
        pending.delete(checkpoint);
        anyOver = true;
      },
      checkpointAborted: (fact) => {
        const { checkpoint, kind, reason } = fact;
        const one = pending.get(checkpoint);
        if (one === undefined) return;
        pending.delete(checkpoint);
        const may = mayAbort(fact, one);
        if (may !== undefined) compared();
        if (may === false) {
          report('aborted', 'job', `checkpoint ${checkpoint} (${kind}) is aborted as ${reason} without cause`, [
            note.text('triggered', `${witness.world.nowUs() - one.triggeredUs} us ago`),
            note.values('acknowledgements that are missing', [...one.missing]),
            note.values('declined for', [...one.declinedFor]),
          ]);
        }
        anyOver = true;
      },
    };
  },
});

/** It may have no input left; a task that has none may say so later. */
function mayHaveEnded({ finished, inputs, splits, finishedSplits }: TaskRecord): boolean {
  if (finished) return true;
  return inputs.length > 0 ? inputs.every(({ ended }) => ended) : splits.every((split) => finishedSplits.has(split));
}
