/**
 * Conservation of event time: a record is in its windows or late, never both, never neither.
 *
 * Verified for each record turn of a window operator: it is in the windows that the assigner gives it, or it is late,
 * and which of the two is what the model says for the effective watermark of its key group (which the witness computes).
 * Not verified: assigners whose windows do not hold the record's timestamp (there are none yet); lateness at
 * other operators (they have no windows, and say nothing).
 */
import type { TimeWindow } from '../../core/job/functions.ts';
import { defineLaw } from './define.ts';
import { type Evidence, note, show } from './evidence.ts';
import { describe } from './re-execution.ts';

export const eventTimeConservation = defineLaw({
  name: 'event-time-conservation',
  states: 'A record is in its windows or late, never both, never neither.',
  anomalies: ['neither', 'both', 'wrong-window', 'late-in-time', 'in-time-late'],
  judge: (witness, report) => ({
    turn(turn) {
      if (turn.kind !== 'record' || turn.keyGroup === undefined) return;
      const { vertex } = turn.task;
      if (witness.model.job.nodes[vertex.model.nodes[0] ?? -1]?.operator.kind !== 'window') return;
      const { added, late } = turn.effects;
      const { expected } = turn;
      const evidence = (): Evidence => [
        ...describe(turn),
        note.text('expected', expected.late === 'no' ? `in ${windowsText(expected.added)}` : `late (${expected.late})`),
        note.text('actual', `in ${windowsText(added.map((fact) => fact.window))}${late.length > 0 ? ', late' : ''}`),
      ];
      const name = turn.task.name;
      if (added.length === 0 && late.length === 0) {
        report('neither', vertex.uid, `${name} put a record in no window and did not call it late`, evidence());
      } else if (added.length > 0 && late.length > 0) {
        report('both', vertex.uid, `${name} put a record in a window and called it late`, evidence());
      } else if (late.length > 0 && expected.late === 'no') {
        report('late-in-time', vertex.uid, `${name} called a record late that was in time`, evidence());
      } else if (late.length > 0 && late[0]?.output !== expected.late) {
        report('neither', vertex.uid, `${name} sent a late record elsewhere than the job says`, evidence());
      } else if (late.length === 0 && expected.late !== 'no') {
        report('in-time-late', vertex.uid, `${name} took a record that was late`, evidence());
      } else if (
        !sameWindows(
          added.map((fact) => fact.window),
          expected.added,
        )
      ) {
        report(
          'wrong-window',
          vertex.uid,
          `${name} put a record in other windows than the assigner gives it`,
          evidence(),
        );
      }
    },
  }),
});

function sameWindows(a: readonly TimeWindow[], b: readonly TimeWindow[]): boolean {
  return (
    a.length === b.length &&
    a.every((window) => b.some((other) => other.start === window.start && other.end === window.end))
  );
}
function windowsText(windows: readonly TimeWindow[]): string {
  return windows.length === 0 ? 'no window' : windows.map(({ start, end }) => show(`[${start}, ${end})`)).join(' ');
}
