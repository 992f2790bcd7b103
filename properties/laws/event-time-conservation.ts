/**
 * Conservation of event time: a record is in its windows, late, or of no window at all; always one of these.
 *
 * Verified for each record turn of a window operator: it is in the windows that the assigner gives it and that still take
 * records (of windows that merge: in the component that its own one touches), or it is late, or unassigned, which is a counter of
 * its own; and which of these is what the model says for the effective watermark of its key group (which the witness computes).
 * A record whose windows hold its timestamp is never unassigned, since then it is late whenever all of them are.
 * Not verified: lateness at other operators (they have no windows, and say nothing).
 */
import type { TimeWindow } from '../../core/job/functions.ts';
import type { WindowSpec } from '../../core/job/spec.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import { defineLaw } from './define.ts';
import { type Evidence, note, show } from './evidence.ts';
import { describe } from './turn-evidence.ts';
import { windowsAt } from './heads.ts';

export const eventTimeConservation = defineLaw({
  name: 'event-time-conservation',
  states: 'A record is in its windows, or late, or of no window: never two of these, never none.',
  compares: 'records at windows',
  anomalies: ['neither', 'both', 'wrong-window', 'late-in-time', 'in-time-late', 'unassigned'],
  judge: (witness, report, compared) => ({
    turn(turn) {
      if (turn.kind !== 'record' || turn.keyGroup === undefined) return;
      const { vertex } = turn.task;
      const operator = windowsAt(witness, vertex);
      if (operator === undefined) return;
      compared();
      const { added, late, unassigned } = turn.effects;
      const { expected } = turn;
      const { uid } = vertex;
      const { name } = turn.task;
      if (added.length === 0 && late.length === 0 && unassigned.length === 0) {
        report('neither', uid, `${name} put a record in no window and did not call it late`, evidence(turn));
      } else if ((added.length > 0 ? 1 : 0) + late.length + unassigned.length > 1) {
        report('both', uid, `${name} put a record in a window and called it late, or of no window`, evidence(turn));
      } else if (unassigned.length > 0 && (holdTheirTime(operator) || !expected.unassigned)) {
        report('unassigned', uid, `${name} said that a record is of no window, and it is of one`, evidence(turn));
      } else if (unassigned.length === 0 && expected.unassigned) {
        report('wrong-window', uid, `${name} took a record, or called it late, that is of no window`, evidence(turn));
      } else if (late.length > 0 && expected.late === 'no') {
        report('late-in-time', uid, `${name} called a record late that was in time`, evidence(turn));
      } else if (late.length > 0 && late[0]?.output !== expected.late) {
        report('neither', uid, `${name} sent a late record elsewhere than the job says`, evidence(turn));
      } else if (late.length === 0 && expected.late !== 'no') {
        report('in-time-late', uid, `${name} took a record that was late`, evidence(turn));
      } else if (!sameWindows(added, expected.added)) {
        report('wrong-window', uid, `${name} put a record in other windows than the assigner gives it`, evidence(turn));
      }
    },
  }),
});

/** Each record is in at least one window of the assigner, and each of its windows holds its time. */
function holdTheirTime({ assigner }: WindowSpec): boolean {
  if (assigner.kind === 'sliding') return assigner.slideMs <= assigner.sizeMs;
  return assigner.kind !== 'custom';
}

/** In the order in which the record visits them. */
function sameWindows(added: readonly { readonly window: TimeWindow }[], expected: readonly TimeWindow[]): boolean {
  if (added.length !== expected.length) return false;
  for (let at = 0; at < expected.length; at++) {
    const window = added[at]?.window;
    const due = expected[at];
    if (window?.start !== due?.start || window?.end !== due?.end) return false;
  }
  return true;
}
function evidence(turn: JudgedTurn): Evidence {
  const { added, late, unassigned } = turn.effects;
  const { expected } = turn;
  const windows = added.map(({ window }) => window);
  return [
    ...describe(turn),
    note.text('expected', fate(expected.added, expected.late !== 'no', expected.unassigned)),
    note.text('actual', fate(windows, late.length > 0, unassigned.length > 0)),
  ];
}
function fate(windows: readonly TimeWindow[], late: boolean, unassigned: boolean): string {
  const names = windows.map(({ start, end }) => show(`[${start}, ${end})`)).join(' ');
  return `in ${names === '' ? 'no window' : names}${late ? ', late' : ''}${unassigned ? ', unassigned' : ''}`;
}
