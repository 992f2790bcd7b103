import { expect, it } from 'vitest';
import { answered, begun } from '../testing/asked.ts';
import { anomaliesOf, provesLaw } from '../testing/jobs.ts';
import { change, drop, fact, type History, insertAfter, mapSteps, type Step } from '../testing/listen.ts';
import { asyncCapacity } from './async-capacity.ts';

const all = (): History => answered('unordered').finish(1).history;
/** The same at another time from a moment on. */
const at = (us: number, another: number): History =>
  mapSteps(all(), (step) => (step.step === 'time' && step.us === us ? { step: 'time', us: another } : step));

provesLaw(asyncCapacity, {
  // 0 | 1 2 and 3 are more than four.
  capacity: { accepts: all, rejects: () => drop(all(), 'asyncCompleted', ({ element }) => element === 0) },
  retries: { accepts: all, rejects: () => drop(all(), 'asyncAnswered', ({ outcome }) => outcome === 'failed') },
  'too-soon': { accepts: all, rejects: () => at(211_000, 209_000) },
  'given-up-early': { accepts: all, rejects: () => at(1_101_000, 1_001_000) },
  overdue: { accepts: all, rejects: () => overdue() },
});

/** Element 3 waits for nine seconds, and is never given up. */
function overdue(): History {
  return drop(at(1_101_000, 9_000_000), 'asyncTimedOut', () => true);
}

// More requests than the job allows; one about an element that is over; a second retry that does not wait longer.
provesLaw(asyncCapacity, {
  capacity: { accepts: all, rejects: () => drop(all(), 'asyncCompleted', ({ element }) => element === 0) },
  retries: {
    accepts: all,
    rejects: () =>
      change(
        all(),
        'asyncSent',
        ({ nth }) => nth === 2,
        () => ({ nth: 4 }),
      ),
  },
  'too-soon': { accepts: all, rejects: () => impatient() },
  'given-up-early': { accepts: all, rejects: () => at(1_101_000, 1_040_000) },
  overdue: { accepts: all, rejects: overdue },
});

/** The second retry comes as soon after its failure as the first one: 10 ms, where 30 are due. */
function impatient(): History {
  const failed = insertAfter(
    all(),
    'asyncSent',
    ({ nth }) => nth === 2,
    ({ task }) =>
      fact('asyncAnswered', { task, element: 2, nth: 2, outcome: 'throttled', value: undefined, counts: true }),
  );
  const later = insertAfter(
    failed,
    'asyncAnswered',
    ({ outcome }) => outcome === 'throttled',
    () => ({ step: 'time', us: 222_000 }),
  );
  const index = later.steps.findIndex((step) => step.step === 'time' && step.us === 222_000);
  const task = { vertex: 'ask', subtask: 0, attempt: 1 };
  return { ...later, steps: later.steps.toSpliced(index + 1, 0, fact('asyncSent', { task, element: 2, nth: 3 })) };
}

it('behind the end of input only what waits for a retry is asked about again, and once', () => {
  const task = { vertex: 'ask', subtask: 0, attempt: 1 };
  const sent = (element: number, nth: number): Step => fact('asyncSent', { task, element, nth });
  const draining = fact('asyncDraining', { task, pending: 3, retrying: 1 });
  const failed = (element: number, nth: number): Step =>
    fact('asyncAnswered', { task, element, nth, outcome: 'failed', value: undefined, counts: true });
  const begins = begun('unordered').history;
  const anomalies = (...then: readonly Step[]): readonly string[] =>
    anomaliesOf(asyncCapacity, { ...begins, steps: [...begins.steps, ...then] });
  // It does not wait for its delay.
  expect(anomalies(failed(1, 1), draining, sent(1, 2))).toEqual([]);
  // FLIP-232: the last retry is the last one.
  expect(anomalies(failed(1, 1), draining, sent(1, 2), failed(1, 2), sent(1, 3))).toEqual(['retries']);
  expect(anomalies(draining, failed(1, 1), sent(1, 2))).toEqual(['retries']);
});
