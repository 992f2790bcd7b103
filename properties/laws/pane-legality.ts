/**
 * Every pane is legal given the observed watermarks.
 *
 * Verified for each firing of a window: the effective watermark has reached the end of the window, if its trigger goes by that
 * alone; before the turn it had not reached the clean-up time of a window of event time, so nothing is fired again after
 * it; the panes of each turn are those of the model, by key and window and in its order: no more (a window that fires twice),
 * no fewer.
 * Not verified: what a pane emits (law `re-execution`); when triggers of the author's have to fire, beyond what they say themselves.
 */
import type { Facts } from '../../core/facts.ts';
import { sameValue } from '../model/equal.ts';
import { cleanupTime, isOfEventTime, maxTimestamp } from '../model/time.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import { defineLaw, type Report } from './define.ts';
import { type Evidence, note } from './evidence.ts';
import { describe } from './turn-evidence.ts';
import { firesAtTheEnd, windowsAt } from './heads.ts';

type Pane = Pick<Facts['paneFired'], 'key' | 'window'>;

export const paneLegality = defineLaw({
  name: 'pane-legality',
  states: 'A pane fires only when the effective watermark allows it, and exactly as often as the trigger says.',
  compares: 'panes that fire, or are due',
  anomalies: ['early', 'after-cleanup', 'surplus', 'missing', 'order'],
  judge: (witness, report, compared) => ({
    turn(turn) {
      const { panes } = turn.effects;
      const expected = turn.expected.panes;
      if (panes.length === 0 && expected.length === 0) return;
      compared();
      const { uid } = turn.task.vertex;
      const operator = windowsAt(witness, turn.task.vertex);
      for (const pane of panes) {
        if (operator !== undefined && firesAtTheEnd(operator) && turn.eff < maxTimestamp(pane.window)) {
          report(
            'early',
            uid,
            `${turn.task.name} fired ${text(pane)} before the watermark had reached its end`,
            evidence(turn, pane),
          );
        } else if (
          operator !== undefined &&
          isOfEventTime(operator.assigner) &&
          turn.effBefore >= cleanupTime(pane.window, operator.allowedLatenessMs)
        ) {
          report(
            'after-cleanup',
            uid,
            `${turn.task.name} fired ${text(pane)} after its cleanup time`,
            evidence(turn, pane),
          );
        }
      }
      if (!areSame(panes, expected)) reportOthers(report, turn);
    },
  }),
});

/** They are not the panes of the model. */
function reportOthers(report: Report<'surplus' | 'missing' | 'order'>, turn: JudgedTurn): void {
  const { panes } = turn.effects;
  const expected = turn.expected.panes;
  const { uid } = turn.task.vertex;
  const surplus = panes.find((pane) => count(panes, pane) > count(expected, pane));
  if (surplus !== undefined) {
    report('surplus', uid, `${turn.task.name} fired ${text(surplus)} more often than the trigger says`, [
      ...evidence(turn, surplus),
      note.text('expected', `${count(expected, surplus)} times`),
      note.text('actual', `${count(panes, surplus)} times`),
    ]);
  }
  const missing = expected.find((pane) => count(panes, pane) < count(expected, pane));
  if (missing !== undefined) {
    report('missing', uid, `${turn.task.name} did not fire ${text(missing)}`, evidence(turn, missing));
  }
  const swapped = panes.find((pane, at) => !isSame(pane, expected[at]));
  if (surplus === undefined && missing === undefined && swapped !== undefined) {
    report('order', uid, `${turn.task.name} fired ${text(swapped)} out of turn`, evidence(turn, swapped));
  }
}

/** The same panes in the same order: none too many, none too few. */
function areSame(panes: readonly Pane[], expected: readonly Pane[]): boolean {
  return panes.length === expected.length && panes.every((pane, at) => isSame(pane, expected[at]));
}
function count(panes: readonly Pane[], pane: Pane): number {
  return panes.filter((one) => isSame(one, pane)).length;
}
function isSame({ key, window }: Pane, pane: Pane | undefined): boolean {
  return window.start === pane?.window.start && window.end === pane.window.end && sameValue(key, pane.key);
}
function text({ window: { start, end } }: Pane): string {
  return `the window [${start}, ${end})`;
}
function evidence(turn: JudgedTurn, pane: Pane): Evidence {
  return [
    ...describe(turn),
    note.value('key', pane.key),
    note.window('window', pane.window),
    note.value('effective watermark before', turn.effBefore),
  ];
}
