/**
 * In which order results of an external service go out (SEMANTICS J3).
 *
 * Verified in each task that asks a service: in ordered mode results go out in the order in which the elements were asked about;
 * in either mode no result crosses a watermark: those that the task had reached when it asked are out before the result, and
 * no later one is. Of watermarks with nothing between them only the last one has to go out.
 * Not verified: that every watermark goes out, and no other (law `watermarks`); what a result is.
 */
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { headOf } from './heads.ts';

const ANOMALIES = ['overtaken', 'crossed'] as const;

/** A task that asks a service. */
class Order {
  /** Asked about, in order, with the watermark of the task then; those whose results are out are gone. */
  waiting: { readonly element: number; readonly watermark: Timestamp }[] = [];
  reached: Timestamp = MIN_TIMESTAMP;
  sent: Timestamp = MIN_TIMESTAMP;
}

export const asyncOrder = defineLaw({
  name: 'async-order',
  states:
    'Results of a service come in the order of the inputs, or unordered; in neither case does one cross a watermark.',
  compares: 'results of services',
  anomalies: ANOMALIES,
  notInBatch: 'a job that asks services is refused',
  judge(witness, report, compared) {
    const tasks = new Map<TaskRecord, Order>();
    const at = (task: TaskRecord): Order => {
      const known = tasks.get(task) ?? new Order();
      tasks.set(task, known);
      return known;
    };
    const asks = (task: TaskRecord): boolean => headOf(witness, task.vertex)?.kind === 'asyncWait';
    return {
      attemptStarting: () => {
        tasks.clear();
      },
      watermarkAdvanced: (task, { watermark }) => {
        if (asks(task)) at(task).reached = watermark;
      },
      watermarkSent: (task, { watermark }) => {
        if (asks(task)) at(task).sent = watermark;
      },
      asyncRequested: (task, { element }) => {
        const order = at(task);
        order.waiting.push({ element, watermark: order.reached });
      },
      asyncCompleted: (task, { element }) => {
        const order = at(task);
        const head = headOf(witness, task.vertex);
        const [first] = order.waiting;
        const own = order.waiting.find((one) => one.element === element);
        if (own === undefined) return;
        compared();
        order.waiting = order.waiting.filter((one) => one !== own);
        const { uid } = task.vertex;
        if (head?.kind === 'asyncWait' && head.mode === 'ordered' && own !== first)
          report(
            'overtaken',
            uid,
            `${task.name}: the result of element ${element} goes out before one asked about first`,
            [note.value('expected', first?.element), note.value('actual', element)],
          );
        if (own.watermark === order.sent) return;
        report('crossed', uid, `${task.name}: the result of element ${element} crosses a watermark`, [
          note.value('watermark when it was asked about', own.watermark),
          note.value('watermark that is out', order.sent),
        ]);
      },
    };
  },
});
