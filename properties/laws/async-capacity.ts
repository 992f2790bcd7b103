/**
 * How many requests to an external service there are, and when they are sent (SEMANTICS J3).
 *
 * Verified in each task that asks a service: what waits when an element is asked about is within the capacity, watermarks among
 * it; the first request about an element is sent at once, any other one only after the newest one has failed, as often as the
 * job allows, and not before its delay, which grows, unless all input has come: then what waits for a retry gets its last one at
 * once, and nothing else is asked about again; no element is given up before its time, nor waits for an answer long after it.
 * Not verified: delays to the millisecond, since the task's clock is not the world's; when a retry that is due is sent (a task may
 * be slow).
 */
import type { AsyncWaitSpec } from '../../core/job/spec.ts';
import type { TaskRecord } from '../witness/task.ts';
import { defineLaw } from './define.ts';
import { note } from './evidence.ts';
import { headOf } from './heads.ts';

const ANOMALIES = ['capacity', 'retries', 'too-soon', 'given-up-early', 'overdue'] as const;

/** A clock runs at most this fast, in per cent of virtual time. */
const CLOCK_PERCENT = 105;
/** Far more than a task that waits for its sinks or for room needs to come to a timer that rings. */
const OVERDUE_FACTOR = 3;
const OVERDUE_SLACK_US = 5_000_000;

interface Element {
  readonly sinceUs: number;
  nth: number;
  /** When the newest request failed; undefined: it has not. */
  failedUs: number | undefined;
  over: boolean;
  /** It has had its last request, since all input had come. */
  hadLast: boolean;
}

/** A task that asks a service. */
class Asking {
  readonly elements = new Map<number, Element>();
  /** Elements whose results are not out, and `w` for watermarks between them. */
  waiting: (number | 'w')[] = [];
  draining = false;
}

export const asyncCapacity = defineLaw({
  name: 'async-capacity',
  states: 'No more elements wait for a service than its capacity; retries back off, and nothing waits past its time.',
  compares: 'requests to services',
  anomalies: ANOMALIES,
  notInBatch: 'a job that asks services is refused',
  judge(witness, report, compared) {
    const tasks = new Map<TaskRecord, Asking>();
    const specOf = (task: TaskRecord): AsyncWaitSpec | undefined => {
      const head = headOf(witness, task.vertex);
      return head?.kind === 'asyncWait' ? head : undefined;
    };
    const at = (task: TaskRecord): Asking => {
      const known = tasks.get(task) ?? new Asking();
      tasks.set(task, known);
      return known;
    };
    const nowUs = (): number => witness.world.nowUs();
    return {
      attemptStarting: () => {
        tasks.clear();
      },
      asyncRequested: (task, { element }) => {
        const asking = at(task);
        asking.waiting.push(element);
        asking.elements.set(element, { sinceUs: nowUs(), nth: 0, failedUs: undefined, over: false, hadLast: false });
        compared();
        const capacity = specOf(task)?.capacity ?? Infinity;
        if (asking.waiting.length <= capacity) return;
        report('capacity', task.vertex.uid, `${task.name}: more waits for answers than its capacity`, [
          note.value('capacity', capacity),
          note.value('elements and watermarks that wait', asking.waiting.length),
        ]);
      },
      watermarkAdvanced: (task) => {
        if (specOf(task) === undefined) return;
        const { waiting } = at(task);
        if (waiting.length > 0 && waiting.at(-1) !== 'w') waiting.push('w');
      },
      asyncCompleted: (task, { element }) => {
        const asking = at(task);
        asking.waiting = asking.waiting.filter((one) => one !== element);
        while (asking.waiting[0] === 'w') asking.waiting.shift();
      },
      asyncSent: (task, { element, nth }) => {
        const { elements, draining } = at(task);
        const one = elements.get(element);
        if (one === undefined) return;
        compared();
        const { failedUs } = one;
        const evidence = [note.value('request', nth), note.value('attempt', task.id.attempt)];
        const spec = specOf(task);
        const most = 1 + (spec?.retry?.retries ?? 0);
        const mustNot = nth > most || (nth > 1 && failedUs === undefined) || one.over || one.hadLast;
        if (nth !== one.nth + 1 || mustNot) {
          report('retries', task.vertex.uid, `${task.name}: element ${element} is asked about again, and must not be`, [
            ...evidence,
            note.value('all input has come, and it has had its last request', one.hadLast),
            note.value('requests allowed', most),
            note.text('the newest one', failedUs === undefined ? 'has not failed' : 'has failed'),
          ]);
        } else if (failedUs !== undefined && !draining) {
          const dueUs = 1_000 * delayMs(spec, one.nth);
          const waitedUs = nowUs() - failedUs;
          if ((waitedUs * CLOCK_PERCENT) / 100 < dueUs)
            report('too-soon', task.vertex.uid, `${task.name}: element ${element} is asked about again too soon`, [
              ...evidence,
              note.value('delay, us', dueUs),
              note.value('waited, us', waitedUs),
            ]);
        }
        one.nth = nth;
        one.failedUs = undefined;
        one.hadLast ||= draining;
      },
      asyncAnswered: (task, { element, nth, outcome, counts }) => {
        const one = at(task).elements.get(element);
        if (one?.nth !== nth || !counts) return;
        if (outcome === 'answered') one.over = true;
        else one.failedUs = nowUs();
      },
      asyncDraining: (task) => {
        const asking = at(task);
        asking.draining = true;
        // Only what waits for a retry gets one.
        for (const element of asking.elements.values()) element.hadLast = element.failedUs === undefined;
      },
      asyncTimedOut: (task, { element }) => {
        const one = at(task).elements.get(element);
        const dueUs = 1_000 * (specOf(task)?.timeoutMs ?? 0);
        if (one === undefined) return;
        compared();
        one.over = true;
        const waitedUs = nowUs() - one.sinceUs;
        if ((waitedUs * CLOCK_PERCENT) / 100 < dueUs)
          report('given-up-early', task.vertex.uid, `${task.name}: element ${element} is given up before its time`, [
            note.value('timeout, us', dueUs),
            note.value('waited, us', waitedUs),
          ]);
      },
      snapshotTaken: (task) => {
        const dueUs = 1_000 * (specOf(task)?.timeoutMs ?? Infinity);
        for (const [element, { sinceUs, over }] of tasks.get(task)?.elements ?? []) {
          const waitedUs = nowUs() - sinceUs;
          if (over || waitedUs <= OVERDUE_FACTOR * dueUs + OVERDUE_SLACK_US) continue;
          report(
            'overdue',
            task.vertex.uid,
            `${task.name}: element ${element} waits for an answer and is not given up`,
            [note.value('timeout, us', dueUs), note.value('waits since, us', waitedUs)],
          );
        }
      },
    };
  },
});

/** Before request `nth + 1`. */
function delayMs(spec: AsyncWaitSpec | undefined, nth: number): number {
  if (spec?.retry === undefined) return 0;
  const { delayMs: first, multiplier = 1, delayMaxMs = Infinity } = spec.retry;
  let delay = first;
  for (let n = 1; n < nth; n++) delay *= multiplier;
  return Math.min(Math.floor(delay), delayMaxMs);
}
