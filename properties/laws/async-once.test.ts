import { answered, begun, restored } from '../testing/asked.ts';
import { provesLaw } from '../testing/jobs.ts';
import { change, drop, fact, type History, insertAfter, repeat } from '../testing/listen.ts';
import { asyncOnce } from './async-once.ts';

const all = (): History => answered('unordered').finish(1).history;
const again = (): History => restored('unordered').finish(2).history;
const last = (element: number) => (one: { readonly task: { readonly attempt: number }; readonly element: number }) =>
  one.task.attempt === 2 && one.element === element;

provesLaw(asyncOnce, {
  counts: {
    accepts: all,
    rejects: () =>
      change(
        all(),
        'asyncAnswered',
        ({ counts }) => !counts,
        () => ({ counts: true }),
      ),
  },
  unanswered: { accepts: all, rejects: () => drop(all(), 'asyncAnswered', ({ element }) => element === 0) },
  twice: { accepts: again, rejects: () => repeat(again(), 'asyncCompleted', last(0)) },
  'not-resumed': { accepts: again, rejects: () => drop(again(), 'asyncResumed', last(0)) },
  left: {
    accepts: all,
    rejects: () => begun('unordered').answer(0, 100).leave(0).answer(1, 101).leave(1).finish(1).history,
  },
});

provesLaw(asyncOnce, {
  // What must count does not; an answer to an older request, or one that comes too late, counts.
  counts: {
    accepts: all,
    rejects: () =>
      change(
        all(),
        'asyncAnswered',
        ({ counts }) => counts,
        () => ({ counts: false }),
      ),
  },
  // It says that there was no answer, and there was one.
  unanswered: {
    accepts: all,
    rejects: () =>
      change(
        all(),
        'asyncCompleted',
        ({ element }) => element === 0,
        () => ({ by: 'timeout' as const }),
      ),
  },
  twice: {
    accepts: all,
    rejects: () =>
      insertAfter(
        all(),
        'asyncTimedOut',
        () => true,
        ({ task }) => fact('asyncCompleted', { task, element: 1, by: 'answer' }),
      ),
  },
  // Another element than the one that waited.
  'not-resumed': {
    accepts: again,
    rejects: () => change(again(), 'asyncResumed', last(0), () => ({ value: 'another' })),
  },
  // What the checkpoint has dealt out is never asked about.
  left: {
    accepts: again,
    rejects: () => restoredWithoutResume(),
  },
});

function restoredWithoutResume(): History {
  const script = begun('unordered').answer(0, 100).leave(0).drain().checkpoint(1);
  return script.start(1).finish(2).history;
}

// A late answer, and one of an older request, both taken for the one that counts.
provesLaw(asyncOnce, {
  counts: {
    accepts: all,
    rejects: () =>
      insertAfter(
        all(),
        'asyncTimedOut',
        () => true,
        ({ task }) => fact('asyncAnswered', { task, element: 3, nth: 1, outcome: 'answered', value: 1, counts: true }),
      ),
  },
  unanswered: { accepts: all, rejects: () => drop(all(), 'asyncTimedOut', () => true) },
  twice: { accepts: all, rejects: () => repeat(all(), 'asyncCompleted', ({ element }) => element === 3) },
  'not-resumed': { accepts: again, rejects: () => repeat(again(), 'asyncResumed', last(1)) },
  left: { accepts: all, rejects: () => drop(all(), 'asyncCompleted', ({ element }) => element === 2) },
});
