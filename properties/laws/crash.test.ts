import { expect, it } from 'vitest';
import { fact, type History, insertAfter, judge } from '../testing/listen.ts';
import { anomaliesOf, crashed, plain, provesLaw } from '../testing/jobs.ts';
import { crash } from './crash.ts';

const TASK = { vertex: 'sums', subtask: 1, attempt: 1 };
const taskFails = (history: History, message: string, attempt = 1): History =>
  insertAfter(
    history,
    'attemptRunning',
    (running) => running.attempt === 1,
    () => fact('taskFailed', { task: { ...TASK, attempt }, message, fault: undefined }),
  );
const attemptFails = (history: History, message: string): History =>
  insertAfter(
    history,
    'attemptRunning',
    (running) => running.attempt === 1,
    () => fact('attemptFailed', { attempt: 1, message, fault: undefined }),
  );
const processEnds = (history: History, message: string | undefined): History =>
  insertAfter(
    history,
    'attemptRunning',
    (running) => running.attempt === 1,
    () =>
      message === undefined
        ? { step: 'killed', process: 'taskmanager-2' }
        : { step: 'crashed', process: 'taskmanager-2', message },
  );

provesLaw(crash, {
  'engine-bug': {
    accepts: () => taskFails(plain(), 'JobError: the job divides by zero'),
    rejects: () => taskFails(plain(), 'EngineBug: settled twice: an upload'),
  },
  'escaped-error': {
    nothingToCompare: true,
    accepts: () => processEnds(plain(), undefined),
    rejects: () => processEnds(plain(), 'TypeError: x is undefined'),
  },
});

it('an attempt that fails by an assertion of the engine is a crash of the job, one that fails by IO is none', () => {
  expect(anomaliesOf(crash, attemptFails(plain(), 'IoError: the store is out of reach'))).toEqual([]);
  const broken = judge(attemptFails(plain(), 'EngineBug: no such split'));
  // The rest of the history goes on as if it had not failed, which is another law's business.
  expect(broken.filter(({ law }) => law === crash.name)).toMatchObject([
    {
      law: 'crash',
      anomaly: 'engine-bug',
      place: plain().job.name,
      message: 'attempt 1 failed: EngineBug: no such split',
    },
  ]);
});

it('a zombie counts as well: its assertion did not hold either', () => {
  const zombie = insertAfter(
    crashed(),
    'attemptRunning',
    (running) => running.attempt === 2,
    () => fact('taskFailed', { task: TASK, message: 'EngineBug: settled twice: an upload', fault: undefined }),
  );
  expect(anomaliesOf(crash, zombie)).toEqual(['engine-bug']);
});

it('the place of a crash is the role of the process: which one it was changes from plan to plan', () => {
  expect(judge(processEnds(plain(), 'TypeError: x is undefined'))).toMatchObject([
    { place: 'taskmanager', message: 'taskmanager-2 ended by TypeError: x is undefined' },
  ]);
});
