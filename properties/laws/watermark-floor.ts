/**
 * Watermark floors: along the effective history of a key group the effective watermark never falls (SEMANTICS W1 to W3).
 *
 * Verified: the watermark by which a window operator says that it judged an element or fired a pane is the key group's
 * effective watermark, max(w, floor), as the witness computes it from its own cuts, and never below one that was used
 * before in this history (what belonged to a finished subtask of a vertex that runs again begins at MIN); the floor of each key group in a completed checkpoint is its effective watermark at the cut.
 * Not verified: what user code reads by `currentWatermark` (law `re-execution` shows the consequence); operators without key.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { JudgedTurn } from '../witness/turn.ts';
import { type Compared, defineLaw, type Report } from './define.ts';
import { note } from './evidence.ts';
import { describe } from './turn-evidence.ts';

export const watermarkFloor = defineLaw({
  name: 'watermark-floor',
  states: 'Per key group the effective watermark never falls along the effective history, over any restore.',
  compares: 'watermarks by which windows judge, and stored floors',
  anomalies: ['fell', 'not-effective', 'stored'],
  notInBatch: 'event time begins anew with each key',
  judge: (_witness, report, compared) => ({
    turn(turn) {
      const { late, added, panes } = turn.effects;
      judgeWatermarks(report, compared, turn, late);
      judgeWatermarks(report, compared, turn, added);
      judgeWatermarks(report, compared, turn, panes);
    },
    imaged({ image, cut, missing }) {
      if ('undecodable' in image || cut === undefined || missing.length > 0) return;
      for (const { uid, subtasks } of image.vertices) {
        const effs = cut.vertices.get(uid)?.effs ?? [];
        for (const { keyGroups } of subtasks) {
          for (const { first, last, floor } of keyGroups) {
            if (floor > MIN_TIMESTAMP) compared();
            for (let keyGroup = first; keyGroup <= last; keyGroup++) {
              const eff = effs[keyGroup] ?? MIN_TIMESTAMP;
              if (floor === eff) continue;
              report(
                'stored',
                uid,
                `checkpoint ${image.checkpoint} holds floor ${floor} for key group ${keyGroup} of ${uid}, whose effective watermark was ${eff} at the cut`,
                [note.value('key group', keyGroup), note.value('expected', eff), note.value('actual', floor)],
              );
            }
          }
        }
      }
    },
  }),
});

/** `facts`: what the turn judged, and by which watermark. */
function judgeWatermarks(
  report: Report<'fell' | 'not-effective'>,
  compared: Compared,
  turn: JudgedTurn,
  facts: readonly { readonly watermark: Timestamp }[],
): void {
  for (const { watermark } of facts) {
    compared();
    if (watermark === turn.eff) continue;
    const fell = watermark < turn.instance.eff;
    report(
      fell ? 'fell' : 'not-effective',
      turn.task.vertex.uid,
      `${turn.task.name} judged by watermark ${watermark} where the effective one was ${turn.eff}`,
      [
        ...describe(turn),
        note.value('expected', turn.eff),
        note.value('actual', watermark),
        note.value('used before in this history', turn.instance.eff),
      ],
    );
  }
}
