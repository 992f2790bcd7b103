/**
 * Restored = newest.
 *
 * Verified: an attempt starts from the highest checkpoint that the HA store lists at that moment, or from nothing if it
 * lists none; every task of the attempt opens with the state of that very checkpoint; attempts and completed checkpoints
 * have rising numbers; at each start and after settling, the older checkpoints that the HA store lists can be read, too.
 * That the enumerators come from the same checkpoint shows in the next image (law `splits`), and that the state is
 * really the checkpoint's in what the tasks do with it (laws `re-execution`, `sources`, `timers`).
 * Not verified: savepoints and restores that a person asks for, which may name an older one.
 */
import type { ListedCheckpoint } from '../witness/checkpoints.ts';
import type { Witness } from '../witness/witness.ts';
import { defineLaw, type Report, show } from './define.ts';

type Anomaly =
  | 'older'
  | 'from-scratch'
  | 'not-completed'
  | 'mixed'
  | 'attempt-not-newer'
  | 'checkpoint-not-newer'
  | 'files-missing';

export const restoredNewest = defineLaw({
  name: 'restored-newest',
  states: 'A restore takes the highest checkpoint that the HA store lists at that moment, for every task alike.',
  anomalies: ['older', 'from-scratch', 'not-completed', 'mixed', 'attempt-not-newer', 'checkpoint-not-newer', 'files-missing'],
  judge(witness, report) {
    let newestCompleted = 0;
    return {
      completed({ listed: { checkpoint, attempt } }) {
        if (checkpoint <= newestCompleted) {
          report('checkpoint-not-newer', 'job', `checkpoint ${checkpoint} of attempt ${attempt} completes after checkpoint ${newestCompleted}`, []);
        }
        newestCompleted = Math.max(newestCompleted, checkpoint);
      },
      settled() {
        const listed = witness.checkpoints.completed();
        if (!('undecodable' in listed)) judgeFiles(witness, report, listed);
      },
      attemptStarting(fact, listed, previous) {
        if (fact.attempt <= previous) {
          report('attempt-not-newer', 'job', `attempt ${fact.attempt} starts after attempt ${previous}`, [
            ['leader epoch', String(fact.leaderEpoch)],
          ]);
        }
        if ('undecodable' in listed) return;
        judgeFiles(witness, report, listed);
        const ids = listed.map(({ checkpoint }) => checkpoint);
        const newest = ids.length === 0 ? undefined : Math.max(...ids);
        if (fact.restoredFrom === newest) return;
        const anomaly =
          fact.restoredFrom === undefined ? 'from-scratch' : ids.includes(fact.restoredFrom) ? 'older' : 'not-completed';
        report(anomaly, 'job', `attempt ${fact.attempt} starts from checkpoint ${show(fact.restoredFrom)}; the newest completed one is ${show(newest)}`, [
          ['expected', show(newest)],
          ['actual', show(fact.restoredFrom)],
          ['the HA store lists', ids.join(', ')],
        ]);
      },
      taskOpened(task, fact) {
        const expected = witness.attempt?.restoredFrom;
        if (fact.restoredFrom === expected) return;
        report('mixed', task.vertex.uid, `${task.name} opened with the state of checkpoint ${show(fact.restoredFrom)} in an attempt that starts from ${show(expected)}`, [
          ['expected', show(expected)],
          ['actual', show(fact.restoredFrom)],
        ]);
      },
    };
  },
});

/** The older ones: what is wrong with the newest shows when it completes, and when it is restored. */
function judgeFiles(witness: Witness, report: Report<Anomaly>, listed: readonly ListedCheckpoint[]): void {
  for (const one of listed.slice(0, -1)) {
    const image = witness.checkpoints.image(one);
    if (!('undecodable' in image)) continue;
    report('files-missing', 'checkpoint', `checkpoint ${one.checkpoint} is retained, but cannot be read any more`, [
      ['object', one.metadata],
      ['why', image.undecodable],
    ]);
  }
}
