import { expect, it } from 'vitest';
import type { TaskId } from '../../core/facts.ts';
import { hostDirectories, stateDirectory, taskPrefix } from '../../core/state/host-files.ts';
import type { DiskFault } from '../../sim/services/disk.ts';
import { anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';
import { fact, type History, insertAfter, type Step } from '../testing/listen.ts';
import { ioErrors } from './io-errors.ts';

const JOB = plain().job.name;
const TASK: TaskId = { vertex: 'sums', subtask: 0, attempt: 1 };
const HOST = 'host-worker-0';

/** As the engine names them: were they named in another way, the law would see nothing. */
const OWN = `${taskPrefix(TASK)}.run-1`;
const failsAt = (what: DiskFault, path: string): Step => ({ step: 'disk', what, host: HOST, path });
const fails = (what: DiskFault, file = OWN): Step => failsAt(what, `${stateDirectory(JOB)}/${file}`);
const at = (ms: number): Step => ({ step: 'time', us: 1_000 * ms });
const acknowledges = fact('acknowledged', { task: TASK, checkpoint: 9 });
const failsItself = fact('taskFailed', { task: TASK, message: 'no space left', fault: undefined });
const blames = fact('taskFailed', {
  task: TASK,
  message: `DamageError: no such file: ${stateDirectory(JOB)}/${OWN}`,
  fault: undefined,
});
const declines = fact('declined', { task: TASK, checkpoint: 9, reason: 'failed', message: 'input/output error' });

/** Once the task is open. */
function going(...steps: readonly Step[]): History {
  return steps.reduceRight(
    (history, step) =>
      insertAfter(
        history,
        'taskOpened',
        ({ task }) => task.vertex === 'sums' && task.subtask === 0,
        () => step,
      ),
    plain(),
  );
}
const judged = (...steps: readonly Step[]) => anomaliesOf(ioErrors, going(...steps));

provesLaw(ioErrors, {
  swallowed: {
    accepts: () => going(fails('no-room'), declines, at(250), acknowledges),
    rejects: () => going(fails('no-room'), at(250), acknowledges),
  },
  unfounded: {
    accepts: () => going(fails('read-error'), blames),
    rejects: () => going(blames),
  },
});

it('each request that fails has to be told, whatever kind of file it is for; other damage is for other laws', () => {
  for (const what of ['read-error', 'no-room', 'sync-failed'] as const)
    for (const directory of hostDirectories(JOB))
      expect([what, ...judged(failsAt(what, `${directory}/${OWN}`), at(250), acknowledges)]).toEqual([
        what,
        'swallowed',
      ]);
  for (const what of ['bit-rot', 'misdirected', 'short-read', 'written-back'] as const)
    expect(judged(fails(what), at(250), acknowledges)).toEqual([]);
});

it('a task tells it by failing, by declining a checkpoint, or by giving up a local copy or its manifest', () => {
  const copy = fact('localCopyFailed', { task: TASK, checkpoint: 9, message: '' });
  const manifest = fact('localManifest', { task: TASK, event: 'failed' });
  for (const tells of [failsItself, declines, copy, manifest])
    expect(judged(fails('no-room'), tells, at(250), acknowledges)).toEqual([]);
  const begun = fact('localManifest', { task: TASK, event: 'begun' });
  expect(judged(fails('no-room'), begun, at(250), acknowledges)).toEqual(['swallowed']);
});

it('it has a quarter of a second for that; nobody is told of a file of another task, attempt or job', () => {
  expect(judged(at(1), fails('no-room'), at(250), acknowledges)).toEqual([]);
  expect(judged(at(1), fails('no-room'), at(251), acknowledges)).toEqual(['swallowed']);
  for (const file of ['1-sums-7.run-1', '2-sums-0.run-1', 'x'])
    expect(judged(fails('no-room', file), at(250), acknowledges)).toEqual([]);
});

it('a task that goes on with its records is judged as well as one that acknowledges or finishes', () => {
  for (const step of [fact('turnEnded', { task: TASK }), fact('taskFinished', { task: TASK })])
    expect(judged(fails('no-room'), at(250), step)).toContain('swallowed');
});

it('an answer may take any time on a host that stalls', () => {
  const stalls: Step = { step: 'disk', what: 'stall', host: HOST };
  expect(judged(stalls, fails('no-room'), at(250), acknowledges)).toEqual([]);
});

it('a read for a checkpoint that is aborted has nobody to tell', () => {
  const takes = fact('snapshotTaken', { task: TASK, checkpoint: 8, unaligned: false });
  const aborts = fact('checkpointAborted', { attempt: 1, checkpoint: 8, kind: 'checkpoint', reason: 'expired' });
  expect(judged(takes, fails('read-error'), aborts, at(250), acknowledges)).toEqual([]);
  expect(judged(takes, fails('no-room'), aborts, at(250), acknowledges)).toEqual(['swallowed']);
  expect(judged(fails('read-error'), takes, aborts, at(250), acknowledges)).toEqual(['swallowed']);
});

it('a task that fails, or declines, by a file of its own has a disk that did something wrong before', () => {
  for (const directory of hostDirectories(JOB)) {
    const message = `the block at byte 0 of ${directory}/${OWN} is damaged: its checksum is wrong`;
    const declined = fact('declined', { task: TASK, checkpoint: 9, reason: 'failed', message });
    expect(judged(declined)).toEqual(['unfounded']);
    expect(judged(fails('bit-rot'), declined)).toEqual([]);
  }
  for (const what of ['bit-rot', 'misdirected', 'written-back', 'sync-lied'] as const)
    expect(judged(fails(what, '1-other-0.run-1'), blames)).toEqual([]);
  for (const what of ['stall', 'short-read'] as const) expect(judged(fails(what), blames)).toEqual(['unfounded']);
  expect(judged(blames, fails('read-error'))).toContain('unfounded');
});

it('what a task fails by that is no file of its own is no business of the disk', () => {
  for (const message of ['no space left', `no such file: ${stateDirectory(JOB)}/1-sums-7.run-1`, 'run-1'])
    expect(judged(fact('taskFailed', { task: TASK, message, fault: undefined }))).toEqual([]);
});
