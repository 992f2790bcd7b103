/**
 * Restored = newest.
 *
 * Verified: an attempt starts from the highest checkpoint that the HA store lists at that moment, failing one from the savepoint that it
 * names, or from nothing if there is neither. Once the job has been stopped with a savepoint, nothing older is ever
 * restored, also if the list names an older one later; what goes on from it starts there. Every task of the attempt
 * opens with the state of that very checkpoint, and as finished iff all subtasks of its vertex had finished in it;
 * attempts and completed checkpoints have rising numbers; at each start and after settling, the older checkpoints that
 * the HA store lists can be read, too. That the enumerators come from the same checkpoint shows in the next image (law
 * `splits`), and that the state is really the checkpoint's in what the tasks do with it (laws `re-execution`,
 * `sources`, `timers`). Not verified: restores that a person asks for from a plain savepoint that the HA store does
 * not name.
 */
import { type CheckpointList, restorable, type Undecodable } from '../witness/checkpoints.ts';
import type { Witness } from '../witness/witness.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note, show } from './evidence.ts';

const ANOMALIES = [
  'older',
  'from-scratch',
  'not-completed',
  'mixed',
  'finished-differently',
  'attempt-not-newer',
  'checkpoint-not-newer',
  'files-missing',
] as const;
type Anomaly = (typeof ANOMALIES)[number];

export const restoredNewest = defineLaw({
  name: 'restored-newest',
  states:
    'A restore takes the highest checkpoint that the HA store lists at that moment, for every task alike; after a stop, nothing older.',
  compares: 'restores, and the numbers of attempts and checkpoints',
  anomalies: ANOMALIES,
  judge(witness, report, compared) {
    let newestCompleted = 0;
    /** The job was stopped with it: the last point to which anything may go back. */
    let stoppedWith = 0;
    return {
      completed({ listed: { checkpoint, attempt, metadata }, image }) {
        // A savepoint that the job starts from is no completion.
        const now = witness.checkpoints.list();
        const isNamed = !('undecodable' in now) && !now.stopped && now.savepoint?.metadata === metadata;
        const isStart = isNamed || ('undecodable' in image ? false : image.kind === 'savepoint');
        if (newestCompleted > 0 && !isStart) compared();
        if (checkpoint <= newestCompleted && !isStart) {
          report(
            'checkpoint-not-newer',
            'job',
            `checkpoint ${checkpoint} of attempt ${attempt} completes after checkpoint ${newestCompleted}`,
            [],
          );
        }
        newestCompleted = Math.max(newestCompleted, checkpoint);
        if (!('undecodable' in now) && now.stopped && now.savepoint?.checkpoint === checkpoint)
          stoppedWith = checkpoint;
      },
      settled() {
        judgeFiles(witness, report, compared, witness.checkpoints.list());
      },
      attemptStarting(fact, list, previous) {
        if (previous > 0) compared();
        if (fact.attempt <= previous) {
          report('attempt-not-newer', 'job', `attempt ${fact.attempt} starts after attempt ${previous}`, [
            note.value('leader epoch', fact.leaderEpoch),
          ]);
        }
        judgeFiles(witness, report, compared, list);
        if (!('undecodable' in list)) judgeStart(report, compared, fact, list, stoppedWith);
      },
      taskOpened(task, fact) {
        const expected = witness.attempt?.restoredFrom;
        if (expected !== undefined) compared();
        if (fact.restoredFrom !== expected) {
          report(
            'mixed',
            task.vertex.uid,
            `${task.name} opened with the state of checkpoint ${show(fact.restoredFrom)} in an attempt that starts from ${show(expected)}`,
            [note.value('expected', expected), note.value('actual', fact.restoredFrom)],
          );
        } else if (fact.finishedOnRestore !== task.finishedOnRestore) {
          report(
            'finished-differently',
            task.vertex.uid,
            `${task.name} opened as ${fact.finishedOnRestore ? 'finished' : 'not finished'}`,
            [note.text('had all subtasks of the vertex finished at the cut', task.finishedOnRestore ? 'yes' : 'no')],
          );
        }
      },
    };
  },
});

function judgeStart(
  report: Report<Anomaly>,
  compared: Compared,
  fact: { readonly attempt: number; readonly restoredFrom: number | undefined },
  list: CheckpointList,
  stoppedWith: number,
): void {
  const newest = restorable(list)?.checkpoint;
  const { attempt, restoredFrom } = fact;
  const due = Math.max(newest ?? 0, stoppedWith);
  if (due > 0) compared();
  if ((restoredFrom ?? 0) === due) return;
  const ids = list.completed.map(({ checkpoint }) => checkpoint);
  const isKnown = restoredFrom !== undefined && (ids.includes(restoredFrom) || restoredFrom < due);
  const anomaly = restoredFrom === undefined ? 'from-scratch' : isKnown ? 'older' : 'not-completed';
  report(
    anomaly,
    'job',
    `attempt ${attempt} starts from checkpoint ${show(restoredFrom)}; the newest completed one is ${show(due === 0 ? undefined : due)}`,
    [
      note.value('expected', due === 0 ? undefined : due),
      note.value('actual', restoredFrom),
      note.values('the HA store lists', ids),
      note.value('savepoint that it names', list.savepoint?.checkpoint),
      note.text('stopped with', stoppedWith === 0 ? 'nothing' : String(stoppedWith)),
    ],
  );
}

/** The older ones: what is wrong with the newest shows when it completes, and when it is restored. */
function judgeFiles(
  witness: Witness,
  report: Report<Anomaly>,
  compared: Compared,
  list: CheckpointList | Undecodable,
): void {
  if ('undecodable' in list) return;
  for (const one of list.completed.slice(0, -1)) {
    compared();
    const image = witness.checkpoints.image(one, witness.jobOf(one.attempt));
    if (!('undecodable' in image)) continue;
    report('files-missing', 'checkpoint', `checkpoint ${one.checkpoint} is retained, but cannot be read any more`, [
      note.text('object', one.metadata),
      note.text('why', image.undecodable),
    ]);
  }
}
