import { expect, it } from 'vitest';
import { anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';
import { fact, type History, type Step } from '../testing/listen.ts';
import { hostFiles } from './host-files.ts';

const JOB = plain().job.name;
const WORKER = 'worker-0';
const there = (...paths: readonly string[]): Step => ({ step: 'host-files', process: WORKER, paths });
const livesOn: Step = { step: 'lives-on', process: WORKER };
const released = (upTo: number, job = JOB): Step => fact('hostReleased', { job, upTo });

/** Behind the end of a job, in attempt 1, and before the laws are asked. */
function ended(...steps: readonly Step[]): History {
  const history = plain();
  const at = history.steps.findIndex(({ step }) => step === 'settled');
  return { ...history, steps: history.steps.toSpliced(at, 0, ...steps) };
}

const STATE = `state/${JOB}/1-sums-0.run-1`;

provesLaw(hostFiles, {
  left: {
    accepts: () => ended(there(), released(1)),
    rejects: () => ended(there(STATE), released(1)),
  },
  'not-released': {
    accepts: () => ended(there(STATE), livesOn, there(), released(1)),
    rejects: () => ended(there(STATE), livesOn),
  },
});

it('every kind of file is judged, of attempts up to the one that it is about, and of this job', () => {
  const judged = (...paths: readonly string[]) => anomaliesOf(hostFiles, ended(there(...paths), released(1)));
  for (const kind of ['state', 'local', 'sort']) {
    expect([kind, ...judged(`${kind}/${JOB}/1-sums-0.7`)]).toEqual([kind, 'left']);
    expect([kind, ...judged(`${kind}/${JOB}/2-sums-0.7`, `${kind}/${JOB}-too/1-sums-0.7`)]).toEqual([kind]);
  }
  expect(judged(`else/${JOB}/1-sums-0.7`)).toEqual([]);
});

it('a host on which there is nothing need not be released; nor one whose task manager has died', () => {
  expect(anomaliesOf(hostFiles, ended(there(), livesOn))).toEqual([]);
  expect(anomaliesOf(hostFiles, ended(there(STATE)))).toEqual([]);
});

it('what was released before the last attempt began says nothing of its files', () => {
  const history = plain();
  const steps = [there(), released(0), ...history.steps];
  const at = steps.findIndex(({ step }) => step === 'settled');
  const later = steps.toSpliced(at, 0, there(STATE), livesOn);
  expect(anomaliesOf(hostFiles, { ...history, steps: later })).toEqual(['not-released']);
});
