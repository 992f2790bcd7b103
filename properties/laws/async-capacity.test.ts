import { answered } from '../testing/asked.ts';
import { provesLaw } from '../testing/jobs.ts';
import { change, drop, fact, type History, insertAfter, mapSteps } from '../testing/listen.ts';
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
