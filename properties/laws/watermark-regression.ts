/**
 * Along the effective history of a key group event time never goes back: no lateness decision is taken back, and no pane opens
 * again after its clean-up. In Flink it does after a restore, since watermarks are not part of a checkpoint (FLINK-5601).
 *
 * Verified, by what a window operator of event time says of itself: it takes no record that the history has shown to be late,
 * fires no pane whose window the history has shown to be cleaned up, and judges by no watermark below one that was reached
 * before. With `flinkCompatibleWatermarks` this is what breaks, and the evidence shows the consequence.
 * Not verified: that a restored watermark is not too high (law `watermark-floor`); what user code makes of a watermark that falls.
 */
import { MIN_TIMESTAMP, type TimeWindow, type Timestamp } from '../../core/job/functions.ts';
import type { WindowSpec } from '../../core/job/spec.ts';
import { cleanupTime, isOfEventTime } from '../model/time.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import { defineLaw } from './define.ts';
import { type Evidence, note } from './evidence.ts';
import { describe } from './turn-evidence.ts';
import { windowsAt } from './heads.ts';

export const watermarkRegression = defineLaw({
  name: 'watermark-regression',
  states: 'Over any restore no record is accepted that was late, no pane opens again, and no watermark falls.',
  compares: 'panes and records at event-time windows, behind the first watermark',
  anomalies: ['reopened', 'accepted-late', 'fell'],
  notInBatch: 'event time begins anew with each key',
  judge: (witness, report, compared) => ({
    turn(turn) {
      const { added, late, panes } = turn.effects;
      if (added.length === 0 && late.length === 0 && panes.length === 0) return;
      const operator = windowsAt(witness, turn.task.vertex);
      if (operator === undefined || !isOfEventTime(operator.assigner)) return;
      const { uid } = turn.task.vertex;
      const { highest } = turn.instance;
      // Nothing was late, and nothing cleaned up, before the first watermark.
      if (highest > MIN_TIMESTAMP) compared();
      const again = firstClosed(panes, operator, highest);
      if (again !== undefined) {
        const { start, end } = again.window;
        report(
          'reopened',
          uid,
          `${turn.task.name} fired the window [${start}, ${end}) again, which had been cleaned up`,
          [...evidence(turn), note.value('key', again.key), note.value('clean-up time', cleanUp(operator, again))],
        );
      }
      const accepted = firstClosed(added, operator, highest);
      if (accepted !== undefined) {
        report('accepted-late', uid, `${turn.task.name} took a record that was late before the restore`, [
          ...evidence(turn),
          note.window('window', accepted.window),
          note.value('clean-up time', cleanUp(operator, accepted)),
        ]);
      }
      const judged = firstBelow(added, highest) ?? firstBelow(late, highest) ?? firstBelow(panes, highest);
      if (judged !== undefined)
        report('fell', uid, `${turn.task.name} judged by watermark ${judged.watermark}`, evidence(turn));
    },
  }),
});

interface OfWindow {
  readonly window: TimeWindow;
}

function cleanUp({ allowedLatenessMs }: WindowSpec, { window }: OfWindow): Timestamp {
  return cleanupTime(window, allowedLatenessMs);
}

/** Whose window had been cleaned up when the watermark was that high. */
function firstClosed<T extends OfWindow>(facts: readonly T[], spec: WindowSpec, watermark: Timestamp): T | undefined {
  for (const fact of facts) if (cleanUp(spec, fact) <= watermark) return fact;
  return undefined;
}

interface OfWatermark {
  readonly watermark: Timestamp;
}
function firstBelow(facts: readonly OfWatermark[], watermark: Timestamp): OfWatermark | undefined {
  for (const fact of facts) if (fact.watermark < watermark) return fact;
  return undefined;
}

function evidence(turn: JudgedTurn): Evidence {
  return [...describe(turn), note.value('reached before in this history', turn.instance.highest)];
}
