/**
 * When a bounded job has finished, event time has come to its end everywhere (SEMANTICS V8, L14).
 *
 * Verified after settling, of a run that ended because all tasks had finished: every task of the last attempt has sent MAX, and
 * no event-time timer is left, nor the contents of an event-time window (by the model's state, with which the engine's is
 * compared at every checkpoint, the last one among them).
 * Not verified: timers that are set after MAX has come (by a processing-time timer): they never fire; jobs that are stopped; processing-time timers and windows, which are dropped at the end by design; whether what MAX fired
 * was right (law `re-execution`).
 */
import { MAX_TIMESTAMP } from '../../core/job/functions.ts';
import { isOfEventTime } from '../model/time.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { windowsAt } from './heads.ts';

export const maxArrives = defineLaw({
  name: 'max-arrives',
  states: 'When a bounded job finishes, every task has sent MAX, and no event-time window or timer is left.',
  compares: 'tasks of a job that has finished',
  anomalies: ['no-max', 'timer-left', 'window-left'],
  judge: (witness, report, compared) => ({
    settled() {
      const { attempt } = witness;
      if (attempt === undefined || witness.finalCut !== undefined) return;
      for (const task of attempt.tasks()) {
        compared();
        if (task.watermarkSent === MAX_TIMESTAMP) continue;
        report('no-max', task.vertex.uid, `${task.name} has finished and has not sent MAX`, [
          note.value('expected', MAX_TIMESTAMP),
          note.value('actual', task.watermarkSent),
        ]);
      }
      for (const vertex of witness.vertices.values()) {
        if (vertex.kind !== 'keyed') continue;
        const operator = windowsAt(witness, vertex);
        const isOfEvents = operator !== undefined && isOfEventTime(operator.assigner);
        for (const { model, diverged, highest } of vertex.instances()) {
          if (model === undefined || diverged) continue;
          const left = isOfEvents
            ? model.content().entries.find(({ state }) => state === 'window-contents')
            : undefined;
          if (left?.namespace !== undefined) {
            report('window-left', vertex.uid, `event time has ended, and ${vertex.uid} still holds a window`, [
              note.value('key', left.key),
              note.window('window', left.namespace),
            ]);
          }
          const timer = model.nextEventTimer();
          // Set after the end of event time had come to its key group, it is for an advance that never comes.
          if (timer !== undefined && highest < MAX_TIMESTAMP) {
            report('timer-left', vertex.uid, `event time has ended, and ${vertex.uid} still waits for a timer`, [
              note.value('timer', timer),
            ]);
          }
        }
      }
    },
  }),
});
