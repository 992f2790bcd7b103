import { expect, it } from 'vitest';
import { restoredNewest } from './restored-newest.ts';
import { change, type History, repeat, type Step } from '../testing/listen.ts';
import { finishedOnRestore, stopped } from '../testing/disciplines.ts';
import { anomaliesOf, crashed, INPUT, provesLaw, windows } from '../testing/jobs.ts';

const twice = () => windows(INPUT).start().read(0).drain().checkpoint(1).read(1).drain().checkpoint(2);

provesLaw(restoredNewest, {
  older: {
    accepts: () => twice().start(2).finish(3).history,
    rejects: () => twice().start(1).finish(3).history,
  },
  'from-scratch': {
    accepts: crashed,
    rejects: () => twice().start().finish(3).history,
  },
  'not-completed': {
    accepts: crashed,
    rejects: () =>
      change(
        crashed(),
        'attemptStarting',
        ({ attempt }) => attempt === 2,
        () => ({ restoredFrom: 7 }),
      ),
  },
  mixed: {
    accepts: crashed,
    rejects: () =>
      change(
        crashed(),
        'taskOpened',
        ({ task }) => task.attempt === 2,
        () => ({ restoredFrom: undefined }),
      ),
  },
  'finished-differently': {
    accepts: finishedOnRestore,
    rejects: () =>
      change(
        finishedOnRestore(),
        'taskOpened',
        ({ finishedOnRestore: finished }) => finished,
        () => ({ finishedOnRestore: false }),
      ),
  },
  'attempt-not-newer': {
    accepts: crashed,
    rejects: () => repeat(crashed(), 'attemptStarting', ({ attempt }) => attempt === 2),
  },
  'checkpoint-not-newer': {
    accepts: crashed,
    rejects: () => windows(INPUT).start().read(0).drain().checkpoint(2).read(1).drain().checkpoint(1).finish(3).history,
  },
  'files-missing': {
    accepts: () => twice().finish(3).history,
    rejects: () => withoutFiles(twice().finish(3).history, 1),
  },
});

/** The files of a checkpoint go when a later one is listed. */
function withoutFiles(history: History, checkpoint: number): History {
  let metadata: string | undefined;
  return {
    ...history,
    steps: history.steps.flatMap((step): readonly Step[] => {
      if (step.step !== 'listed') return [step];
      if (step.listed.checkpoint === checkpoint) ({ metadata } = step.listed);
      return step.listed.checkpoint === checkpoint || metadata === undefined
        ? [step]
        : [step, { step: 'deleted', metadata }];
    }),
  };
}

it('a job that is resumed after a stop starts from its savepoint, regardless of later entries of the list', () => {
  const fromScratch = change(
    stopped(),
    'attemptStarting',
    ({ attempt }) => attempt === 2,
    () => ({ restoredFrom: undefined }),
  );
  const older = change(
    stopped(),
    'attemptStarting',
    ({ attempt }) => attempt === 2,
    () => ({ restoredFrom: 1 }),
  );
  expect(anomaliesOf(restoredNewest, stopped())).toEqual([]);
  expect(anomaliesOf(restoredNewest, fromScratch)[0]).toBe('from-scratch');
  expect(anomaliesOf(restoredNewest, older)[0]).toBe('older');
  // A coordinator that was not notified writes its list over it.
  const forgotten: History = {
    ...older,
    steps: older.steps.flatMap((step): readonly Step[] =>
      step.step === 'resumed' ? older.steps.filter((one) => one.step === 'listed').slice(0, 1) : [step],
    ),
  };
  expect(anomaliesOf(restoredNewest, forgotten)).toContain('older');
});
