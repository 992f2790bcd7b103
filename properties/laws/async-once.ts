/**
 * Of the answers of an external service about an element one counts, and its result goes out once (SEMANTICS J3).
 *
 * Verified in each task that asks a service, from its facts: an answer counts iff it is the first thing that comes of the newest
 * request about an element that has no answer and has not waited too long; a result goes out once, after an answer that counts
 * or a time-out, and says which; after a restore each element that the checkpoint has dealt out to the task is asked about again,
 * in order and once, before any new one; a task finishes only when nothing waits.
 * Not verified: what is made of an answer, and what waits at a checkpoint (laws `re-execution`, `operator-state`); when requests
 * are sent (law `async-capacity`); what the service does.
 */
import type { Facts } from '../../core/facts.ts';
import { sameValue } from '../model/equal.ts';
import { fieldsOf } from '../model/shape.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw, type Report } from './define.ts';
import { type Evidence, note } from './evidence.ts';
import { headOf } from './heads.ts';

const ANOMALIES = ['counts', 'unanswered', 'twice', 'not-resumed', 'left'] as const;
type Anomaly = (typeof ANOMALIES)[number];

interface Element {
  /** The newest request. */
  nth: number;
  /** Something has come of it. */
  heard: boolean;
  outcome: 'answer' | 'timeout' | undefined;
  out: boolean;
}

/** A task that asks a service. */
class Asking {
  readonly elements = new Map<number, Element>();
  /** What the restored checkpoint has dealt out to it, and has not been asked about again. */
  restored: readonly unknown[] = [];
  /** Asked about in the turn that begins now. */
  resumes = false;
}

export const asyncOnce = defineLaw({
  name: 'async-once',
  states: 'Of the answers of a service about an element one counts; its result goes out once, also over a restore.',
  compares: 'answers and results of services',
  anomalies: ANOMALIES,
  notInBatch: 'a job that asks services is refused',
  judge(witness, report, compared) {
    const tasks = new Map<TaskRecord, Asking>();
    const at = (task: TaskRecord): Asking => {
      const known = tasks.get(task) ?? new Asking();
      tasks.set(task, known);
      return known;
    };
    return {
      attemptStarting: () => {
        tasks.clear();
      },
      operatorStateRestored: (task, { states }) => {
        if (headOf(witness, task.vertex)?.kind !== 'asyncWait') return;
        at(task).restored = states.find(({ state }) => state === 'async-pending')?.items ?? [];
      },
      asyncResumed: (task, { element, value, timestamp }) => {
        const asking = at(task);
        const [next, ...rest] = asking.restored;
        asking.restored = rest;
        asking.resumes = true;
        compared();
        const due = next === undefined ? undefined : fieldsOf(next);
        if (due !== undefined && sameValue(due, { value, timestamp: timestamp ?? null })) return;
        say(report, 'not-resumed', task, element, 'is asked about again, and another one was next', [
          note.value('expected', due),
          note.value('actual', { value, timestamp }),
        ]);
      },
      asyncRequested: (task, { element }) => {
        const asking = at(task);
        if (!asking.resumes && asking.restored.length > 0)
          say(report, 'not-resumed', task, element, 'is asked about, and some of the restored checkpoint are not', [
            note.values('not asked about', asking.restored),
          ]);
        asking.resumes = false;
        asking.elements.set(element, { nth: 0, heard: false, outcome: undefined, out: false });
      },
      asyncSent: (task, { element, nth }) => {
        const one = at(task).elements.get(element);
        if (one !== undefined) Object.assign(one, { nth, heard: false });
      },
      asyncAnswered: (task, fact) => {
        compared();
        answered(report, task, at(task).elements.get(fact.element), fact);
      },
      asyncTimedOut: (task, { element }) => {
        compared();
        const one = at(task).elements.get(element);
        if (one?.outcome === undefined && one !== undefined) one.outcome = 'timeout';
        else say(report, 'counts', task, element, 'is given up, and has an answer already', []);
      },
      asyncCompleted: (task, { element, by }) => {
        compared();
        const one = at(task).elements.get(element);
        if (one?.out === true) say(report, 'twice', task, element, 'has a result that goes out again', []);
        else if (one?.outcome !== by)
          say(report, 'unanswered', task, element, `has a result by ${by}`, [
            note.text('expected', one?.outcome ?? 'none'),
          ]);
        if (one !== undefined) one.out = true;
      },
      taskFinished: ({ vertex, subtask, id }) => {
        const left = [...tasks].filter(([task]) => task.vertex === vertex && task.subtask === subtask);
        for (const [task, { elements, restored }] of left) {
          compared();
          const waiting = [...elements].filter(([, { out }]) => !out).map(([element]) => element);
          if (waiting.length === 0 && restored.length === 0) continue;
          report('left', vertex.uid, `${task.name} has finished, and elements wait for answers`, [
            note.value('attempt', id.attempt),
            note.values('elements', waiting),
            note.values('not asked about', restored),
          ]);
        }
      },
    };
  },
});

function answered(
  report: Report<Anomaly>,
  task: TaskRecord,
  one: Element | undefined,
  { element, nth, outcome, counts }: Facts['asyncAnswered'],
): void {
  const due = one?.nth === nth && !one.heard && one.outcome === undefined;
  if (one?.nth === nth) one.heard = true;
  if (counts && one !== undefined && outcome === 'answered') one.outcome ??= 'answer';
  if (counts === due) return;
  const what = counts ? 'has an answer that must not count, and does' : 'has an answer that must count, and does not';
  say(report, 'counts', task, element, what, [note.value('request', nth), note.value('newest request', one?.nth)]);
}

function say(
  report: Report<Anomaly>,
  anomaly: Anomaly,
  task: TaskRecord,
  element: number,
  what: string,
  evidence: Evidence,
): void {
  report(anomaly, task.vertex.uid, `${task.name}: element ${element} ${what}`, [
    note.value('attempt', task.id.attempt),
    ...evidence,
  ]);
}
