import { expect, it } from 'vitest';
import { JOB_FAULT_KINDS, type JobFaultData, type JobFaultKind } from '../../core/job-fault.ts';
import { fact, hear, type History, insertAfter, judge } from '../testing/listen.ts';
import { anomaliesOf, type Pair, plain, provesLaw, windows } from '../testing/jobs.ts';
import { worstFirst } from './index.ts';
import { job } from './job.ts';

const faultOf = (kind: JobFaultKind): JobFaultData => ({
  kind,
  operator: 'sums',
  message: 'processElement threw Error: no price',
  record: '{"key":"a"}',
  stack: ['at processElement (jobs/sums.ts:7:3)'],
});
const taskFails = (history: History, fault: JobFaultData | undefined, attempt = 1): History =>
  insertAfter(
    history,
    'attemptRunning',
    (running) => running.attempt === 1,
    () => fact('taskFailed', { task: { vertex: 'sums', subtask: 1, attempt }, message: 'IoError: gone', fault }),
  );
const lastly = (history: History, step: 'not-settled' | 'failed'): History => ({
  ...history,
  steps: [...history.steps.filter((one) => one.step !== 'settled'), { step }],
});
const restarting = (history: History): History => ({ ...history, restartOnJobFaults: true });

// Memory is judged over whole runs: `run/hidden-state.test.ts`.
provesLaw(
  { ...job, anomalies: JOB_FAULT_KINDS },
  Object.fromEntries(
    JOB_FAULT_KINDS.map((kind): [string, Pair] => [
      kind,
      {
        accepts: () => restarting(taskFails(plain(), faultOf(kind))),
        rejects: () => taskFails(plain(), faultOf(kind)),
      },
    ]),
  ),
);

it('has compared nothing where a task has failed by what no function of the job has done', () => {
  // Without turns, none of which can be made once more.
  const silent = windows([[], []]).start().drain().finish(1).history;
  const { violations, compared } = hear(taskFails(silent, undefined));
  expect(violations).toEqual([]);
  expect(compared).not.toContain('job');
});

it('names the operator, the record and the place, and counts what a zombie says', () => {
  expect(judge(taskFails(plain(), faultOf('threw'), 7))).toMatchObject([
    {
      law: 'job',
      anomaly: 'threw',
      place: 'sums',
      message: 'processElement threw Error: no price',
      evidence: [
        { label: 'record', text: '{"key":"a"}' },
        { label: 'where', text: 'at processElement (jobs/sums.ts:7:3)' },
      ],
    },
  ]);
});

it('stands alone: whatever else is wrong in the run may follow from it', () => {
  const found = judge(lastly(taskFails(plain(), faultOf('mutated')), 'not-settled'));
  expect(found.map(({ law }) => law)).toContain('settle');
  expect(worstFirst(found).map(({ law, anomaly }) => `${law}/${anomaly}`)).toEqual(['job/mutated']);
});

it('where the scenario asks for restarts a mistake is reported only if the job does not reach its end', () => {
  const failing = restarting(taskFails(plain(), faultOf('threw')));
  expect(judge(failing)).toEqual([]);
  expect(anomaliesOf(job, lastly(failing, 'not-settled'))).toEqual(['threw']);
});

it('a state that the plan says cannot be read is no mistake, if it is that one that was refused', () => {
  const text = (state: string) => `state "${state}" was written as int32 and is declared as string`;
  const refused = (state: string, kind: JobFaultKind = 'state'): History => ({
    ...taskFails(plain(), { ...faultOf(kind), message: text(state) }),
    refuses: { operator: 'sums', state: 'sum' },
  });
  expect(anomaliesOf(job, refused('sum'))).toEqual([]);
  expect(anomaliesOf(job, refused('other'))).toEqual(['state']);
  expect(anomaliesOf(job, refused('sum', 'threw'))).toEqual(['threw']);
  expect(anomaliesOf(job, { ...refused('sum'), refuses: { operator: 'window', state: 'sum' } })).toEqual(['state']);
});
