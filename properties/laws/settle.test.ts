import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import { settle } from './settle.ts';
import { drop, type History, insertAfter, mapSteps } from '../testing/listen.ts';
import { anomaliesOf, plain, provesLaw, windows } from '../testing/jobs.ts';

const READS = 6;
const SECOND_US = 1_000_000;

/** Records at these times, and a checkpoint before the last of them, in a job with an interval of 100 ms and a timeout of a second. */
function reading(timesUs: readonly number[], checkpoint: 'complete' | 'pending' | 'none'): History {
  const records = Array.from({ length: READS }, (_, i) => event('a', i + 1));
  const script = windows([records, []], { checkpointing: { intervalMs: 100, timeoutMs: 1_000 } }).start();
  for (const [i, us] of timesUs.entries()) {
    script.at(us);
    if (i === 1 && checkpoint !== 'none') script.trigger(1);
    if (i === 1 && checkpoint === 'complete') script.drain().complete(1).notify(1);
    script.read(0);
  }
  return script.drain().finish(2).history;
}

provesLaw(settle, {
  stuck: {
    accepts: plain,
    rejects: () => mapSteps(plain(), (step) => (step.step === 'settled' ? { step: 'not-settled' } : step)),
  },
  failed: {
    accepts: plain,
    rejects: () => mapSteps(plain(), (step) => (step.step === 'settled' ? { step: 'failed' } : step)),
  },
  'no-progress': {
    accepts: () => reading([0, SECOND_US, 3 * SECOND_US], 'complete'),
    // FLINK-13256 in its nearest form: periodic checkpoints never resume.
    rejects: () => reading([0, SECOND_US, 9 * SECOND_US], 'complete'),
  },
  'not-expired': {
    accepts: () => reading([0, SECOND_US, 3 * SECOND_US], 'complete'),
    rejects: () => withoutReceivers(reading([0, SECOND_US, 9 * SECOND_US], 'pending')),
  },
});

/** The checkpoint is never acknowledged by all. */
function withoutReceivers(history: History): History {
  return mapSteps(history, (step) =>
    step.step === 'fact' && step.kind === 'checkpointAcknowledged' && step.fact.task.vertex !== 'in' ? undefined : step,
  );
}

it('nothing is due in a job without periodic checkpoints, nor before the attempt runs', () => {
  const history = reading([0, SECOND_US, 9 * SECOND_US], 'complete');
  expect(anomaliesOf(settle, { ...history, checkpointing: { ...history.checkpointing, intervalMs: 0 } })).toEqual([]);
  expect(
    anomaliesOf(
      settle,
      drop(history, 'attemptRunning', () => true),
    ),
  ).toEqual([]);
});

it('after a kill nothing is due until the next attempt runs, unless the process did nothing for the job', () => {
  const history = reading([0, SECOND_US, 9 * SECOND_US], 'complete');
  const killed = (process: string): History =>
    insertAfter(
      history,
      'checkpointCompleted',
      ({ checkpoint }) => checkpoint === 1,
      () => ({ step: 'killed', process }),
    );
  expect(anomaliesOf(settle, killed('worker-0'))).toEqual([]);
  expect(anomaliesOf(settle, killed('manager'))).toEqual([]);
  expect(anomaliesOf(settle, killed('spare'))).toContain('no-progress');
});
