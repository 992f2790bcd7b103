import { expect, it } from 'vitest';
import type { CheckpointKind, DeclineReason } from '../../core/barrier-options.ts';
import type { AbortReason, TaskId } from '../../core/facts.ts';
import { event } from '../model/testing/turns.ts';
import { anomaliesOf, provesLaw, windows } from '../testing/jobs.ts';
import { fact, type History, type Step } from '../testing/listen.ts';
import { foundedAborts } from './founded-aborts.ts';

const [IN, SUMS]: readonly TaskId[] = ['in', 'sums'].map((vertex) => ({ vertex, subtask: 0, attempt: 1 }));
const triggered = (checkpoint: number, kind: CheckpointKind = 'checkpoint', finished: readonly string[] = []): Step =>
  fact('checkpointTriggered', { attempt: 1, checkpoint, kind, finished });
const aborted = (checkpoint: number, reason: AbortReason, kind: CheckpointKind = 'checkpoint'): Step =>
  fact('checkpointAborted', { attempt: 1, checkpoint, kind, reason });
const completed = (checkpoint: number, kind: CheckpointKind = 'checkpoint'): Step =>
  fact('checkpointCompleted', { attempt: 1, checkpoint, kind, metadata: 'elsewhere' });
const declined = (checkpoint: number, reason: DeclineReason): Step =>
  fact('declined', { task: SUMS!, checkpoint, reason, message: 'it says so' });
const acknowledged = (checkpoint: number, ...tasks: readonly TaskId[]): readonly Step[] =>
  tasks.map((task) => fact('checkpointAcknowledged', { checkpoint, task }));
const CHANNEL = { edge: 0, attempt: 1, sender: 0, receiver: 0 } as const;
const cancelled = (checkpoint: number): Step => fact('cancelReceived', { task: SUMS!, channel: CHANNEL, checkpoint });
const inputEnded = fact('inputEnded', { task: SUMS!, channel: CHANNEL });
const heardComplete = (checkpoint: number): Step => fact('notifiedComplete', { task: SUMS!, checkpoint });
const at = (us: number): Step => ({ step: 'time', us });

/** One record, at parallelism 1, with a timeout of 500 ms. */
function history(...then: readonly Step[]): History {
  const { steps, ...rest } = windows([[event('a', 1)]], { checkpointing: { timeoutMs: 500 } }).start(undefined, {
    in: 1,
    sums: 1,
    out: 1,
  }).history;
  return { ...rest, steps: [...steps, ...then] };
}
const anomalies = (...then: readonly Step[]): readonly string[] => anomaliesOf(foundedAborts, history(...then));

provesLaw(foundedAborts, {
  declined: {
    accepts: () => history(triggered(1), cancelled(1), declined(1, 'cancellation-marker')),
    // A task that ends all checkpoints below the one whose marker has come, and counts one too many.
    rejects: () => history(triggered(1), triggered(2), cancelled(1), declined(2, 'cancellation-marker')),
  },
  aborted: {
    accepts: () => history(triggered(1), inputEnded, aborted(1, 'partly-finished')),
    // `>= 0` for `> 0` where subtasks that have ended are counted: checkpoints fail as long as all of them read.
    rejects: () => history(triggered(1), aborted(1, 'partly-finished')),
  },
});

it('a task declines for what has come to it', () => {
  const replaying = fact('replayStarted', { task: SUMS!, channels: [] });
  const replayed = fact('replayEnded', { task: SUMS! });
  expect(anomalies(triggered(1), replaying, declined(1, 'not-ready'))).toEqual([]);
  expect(anomalies(triggered(1), replaying, replayed, declined(1, 'not-ready'))).toEqual(['declined']);
  expect(anomalies(triggered(1), triggered(2), declined(1, 'subsumed'))).toEqual([]);
  expect(anomalies(triggered(1), triggered(2), declined(2, 'subsumed'))).toEqual(['declined']);
  expect(anomalies(triggered(1), triggered(2), cancelled(2), declined(1, 'cancellation-marker'))).toEqual([]);
  expect(anomalies(triggered(1), declined(1, 'failed'))).toEqual([]);
});

it('a task is about to finish once it has heard of a checkpoint that was taken without input', () => {
  const abortedElsewhere = fact('notifiedAborted', { task: SUMS!, checkpoint: 2, latestCompleted: 1 });
  expect(anomalies(triggered(2), inputEnded, heardComplete(1), declined(2, 'closing'))).toEqual([]);
  expect(anomalies(triggered(2), inputEnded, abortedElsewhere, declined(2, 'closing'))).toEqual([]);
  expect(anomalies(triggered(2), inputEnded, declined(2, 'closing'))).toEqual(['declined']);
  expect(anomalies(triggered(2), heardComplete(1), declined(2, 'closing'))).toEqual(['declined']);
});

it('what a task declines for is what its checkpoint is aborted for', () => {
  const reasons: readonly (readonly [DeclineReason, AbortReason])[] = [
    ['failed', 'declined'],
    ['not-ready', 'task-not-ready'],
    ['closing', 'task-closing'],
    ['cancellation-marker', 'cancellation-marker'],
    ['subsumed', 'subsumed'],
  ];
  for (const [reason, why] of reasons) {
    const what = [triggered(1), triggered(2), declined(1, reason)];
    expect([reason, anomalies(...what, aborted(1, why)).includes('aborted')]).toEqual([reason, false]);
    expect([reason, anomalies(...what, aborted(2, why)).includes('aborted')]).toEqual([reason, true]);
  }
});

it('a checkpoint expires when its time is over, by a clock that may be fast, and while somebody has not acknowledged it', () => {
  const all = (witnessed: readonly TaskId[]): readonly Step[] => acknowledged(1, ...witnessed);
  const out: TaskId = { vertex: 'out', subtask: 0, attempt: 1 };
  const at0 = [at(1_000), triggered(1)];
  expect(anomalies(...at0, at(501_000), aborted(1, 'expired'))).toEqual([]);
  expect(anomalies(...at0, at(476_000), aborted(1, 'expired'))).toEqual([]);
  expect(anomalies(...at0, at(440_000), aborted(1, 'expired'))).toEqual(['aborted']);
  expect(anomalies(...at0, ...all([IN!, SUMS!]), at(501_000), aborted(1, 'expired'))).toEqual([]);
  expect(anomalies(...at0, ...all([IN!, SUMS!, out]), at(501_000), aborted(1, 'expired'))).toEqual(['aborted']);
});

it('a checkpoint is subsumed by a newer one that is complete; savepoints neither subsume nor are they', () => {
  const two = [triggered(1), triggered(2)];
  expect(anomalies(...two, completed(2), aborted(1, 'subsumed'))).toEqual([]);
  expect(anomalies(...two, completed(2, 'stop'), aborted(1, 'subsumed'))).toEqual([]);
  expect(anomalies(...two, completed(1), aborted(2, 'subsumed'))).toEqual(['aborted']);
  expect(anomalies(...two, completed(2, 'savepoint'), aborted(1, 'subsumed'))).toEqual(['aborted']);
  const savepoint = [triggered(1, 'savepoint'), triggered(2), completed(2)];
  expect(anomalies(...savepoint, aborted(1, 'subsumed', 'savepoint'))).toEqual(['aborted']);
});

it('a task that finishes has to have acknowledged', () => {
  const finished = fact('taskFinished', { task: SUMS! });
  expect(anomalies(triggered(1), finished, aborted(1, 'task-closing'))).toEqual([]);
  expect(anomalies(triggered(1), ...acknowledged(1, SUMS!), finished, aborted(1, 'task-closing'))).toEqual(['aborted']);
  expect(anomalies(triggered(1, 'checkpoint', ['sums[0]']), finished, aborted(1, 'task-closing'))).toEqual(['aborted']);
});

it('no object has gone while no checkpoint is over', () => {
  expect(anomalies(triggered(1), aborted(1, 'base-gone'))).toEqual(['aborted']);
  expect(anomalies(triggered(1), completed(1), triggered(2), aborted(2, 'base-gone'))).toEqual([]);
});

it('what an attempt has seen is of no use to the next one', () => {
  const { steps } = history();
  const starting = steps.find((step) => step.step === 'fact' && step.kind === 'attemptStarting');
  if (starting?.step !== 'fact' || starting.kind !== 'attemptStarting') throw new Error('no attempt starts');
  const second = fact('attemptStarting', { ...starting.fact, attempt: 2 });
  const ofSecond = [
    fact('checkpointTriggered', { attempt: 2, checkpoint: 1, kind: 'checkpoint', finished: [] }),
    fact('checkpointAborted', { attempt: 2, checkpoint: 1, kind: 'checkpoint', reason: 'declined' }),
  ];
  expect(anomalies(triggered(1), declined(1, 'failed'), second, ...ofSecond)).toEqual(['aborted']);
});
