import { expect, it } from 'vitest';
import { anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';
import type { History, Step } from '../testing/listen.ts';
import { hostFiles } from './host-files.ts';

const JOB = plain().job.name;
const WORKER = 'worker-0';
const there = (...paths: readonly string[]): Step => ({ step: 'host-files', process: WORKER, paths });
const released = (...processes: readonly string[]): Step => ({ step: 'hosts-released', processes });

/** A while after the end of a job. */
function later(...steps: readonly Step[]): History {
  const history = plain();
  return { ...history, steps: [...history.steps, ...steps] };
}

const STATE = `state/${JOB}/1-sums-0.run-1`;

provesLaw(hostFiles, {
  left: {
    accepts: () => later(there(STATE), there(), released(WORKER)),
    rejects: () => later(there(STATE), released(WORKER)),
  },
});

it('every kind of file is judged, wherever it lies and whatever its name, and of this job only', () => {
  const judged = (...paths: readonly string[]) => anomaliesOf(hostFiles, later(there(...paths), released(WORKER)));
  for (const path of [`local/${JOB}/1-a-0.7`, `sort/${JOB}/2-a-0.7`, `sort/${JOB}/a-0/1-7`, `else/${JOB}/x`])
    expect([path, ...judged(path)]).toEqual([path, 'left']);
  expect(judged(`state/${JOB}-too/1-a-0.7`, `state/other/${JOB}`, JOB)).toEqual([]);
});

it('the host of a task manager that has died is not judged', () => {
  expect(anomaliesOf(hostFiles, later(there(STATE), released('worker-1')))).toEqual([]);
  expect(anomaliesOf(hostFiles, later(there(STATE)))).toEqual([]);
});
