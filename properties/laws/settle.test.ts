import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import { settle } from './settle.ts';
import type { CheckpointKind, SavepointKind } from '../../core/barrier-options.ts';
import { drop, fact, type History, insertAfter, mapSteps, type Step } from '../testing/listen.ts';
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
  'too-many': {
    accepts: () => triggered(2, 100),
    // FLINK-32945: some have come to the end of their input in an earlier attempt only, and the final checkpoints begin.
    rejects: () => triggered(3, 100),
  },
  'passed-over': {
    accepts: () => asked('savepoint', ['checkpoint', 'savepoint'], 'behind'),
    // Arroyo 6f9bf300: what is asked for while another checkpoint runs is not begun, and nobody looks at the answer.
    rejects: () => asked('savepoint', ['checkpoint', 'savepoint']),
  },
  'held-back': {
    accepts: () => asked('savepoint', ['savepoint'], 'behind'),
    // FLINK-4322 in its nearest form: a savepoint waits for the pause between periodic checkpoints.
    rejects: () => asked('savepoint', ['savepoint']),
  },
});

it('an acknowledgement counts until the timeout is over, on a clock that may be slow', () => {
  const acknowledgedAfter = (ms: number): History => {
    const { steps, ...rest } = windows([[event('a', 1)], []], {
      checkpointing: { intervalMs: 0, timeoutMs: 1_000 },
    }).start().history;
    const task = { vertex: 'in', subtask: 0, attempt: 1 };
    return {
      ...rest,
      steps: [
        ...steps,
        fact('checkpointTriggered', { attempt: 1, checkpoint: 1, kind: 'checkpoint', finished: [] }),
        { step: 'time', us: ms * 1_000 },
        fact('checkpointAcknowledged', { checkpoint: 1, task }),
      ],
    };
  };
  expect(anomaliesOf(settle, acknowledgedAfter(1_053))).toEqual([]);
  // Hazelcast Jet 97f2654f01: nothing ends a snapshot that some have not heard of.
  expect(anomaliesOf(settle, acknowledgedAfter(1_200))).toEqual(['not-expired']);
});

/** `count` periodic checkpoints are triggered, and so long after the start a record is read; the interval is 100 ms, or there is none. */
function triggered(count: number, afterMs: number, intervalMs = 100): History {
  const script = windows([[event('a', 1)], []], { checkpointing: { intervalMs, timeoutMs: 1_000 } });
  script.at(1_000).start();
  for (let id = 1; id <= count; id++) script.trigger(id);
  return script.at((1 + afterMs) * 1_000).read(0).history;
}

it('without an interval the end of input alone asks for checkpoints', () => {
  expect(anomaliesOf(settle, triggered(0, 500, 0))).toEqual([]);
  expect(anomaliesOf(settle, triggered(1, 500, 0))).toEqual(['too-many']);
});

it('what a person has asked for is no periodic checkpoint', () => {
  const askedFor = (count: number, intervalMs: number): History => {
    const history = triggered(3, 100, intervalMs);
    const at = history.steps.findLastIndex((step) => step.step === 'fact' && step.kind === 'checkpointTriggered');
    const requests = Array.from({ length: count }, (): Step => ({ step: 'checkpoint-asked', kind: 'checkpoint' }));
    return { ...history, steps: [...history.steps.slice(0, at + 1), ...requests, ...history.steps.slice(at + 1)] };
  };
  expect([2, 3].map((count) => anomaliesOf(settle, askedFor(count, 0)))).toEqual([['too-many'], []]);
  expect([0, 1].map((count) => anomaliesOf(settle, askedFor(count, 100)))).toEqual([['too-many'], []]);
});

/** A savepoint is asked for before anything is triggered, or in the call that triggers the first one. */
function asked(
  kind: SavepointKind,
  triggered: readonly CheckpointKind[],
  when: 'before' | 'behind' = 'before',
): History {
  const script = windows([[event('a', 1)], []]).start();
  const { steps, ...rest } = script.history;
  const request: Step = { step: 'checkpoint-asked', kind };
  const facts = triggered.map((each, i) =>
    fact('checkpointTriggered', { attempt: 1, checkpoint: i + 1, kind: each, finished: [] }),
  );
  const all = when === 'before' ? [request, ...facts] : [...facts.slice(0, 1), request, ...facts.slice(1)];
  return { ...rest, steps: [...steps, ...all] };
}

it('what is asked for is triggered at once, or in its turn; a failed attempt forgets it', () => {
  expect(anomaliesOf(settle, asked('stop', ['stop'], 'behind'))).toEqual([]);
  expect(anomaliesOf(settle, asked('savepoint', ['savepoint', 'checkpoint', 'checkpoint'], 'behind'))).toEqual([]);
  expect(anomaliesOf(settle, asked('stop', ['checkpoint'], 'behind'))).toEqual([]);
  // One at a time: there is no room for it.
  expect(anomaliesOf(settle, asked('stop', ['checkpoint', 'stop'], 'behind'))).toEqual([]);
  expect(anomaliesOf(settle, asked('stop', ['checkpoint', 'checkpoint'], 'behind'))).toEqual(['passed-over']);
  expect(anomaliesOf(settle, asked('stop', ['savepoint']))).toEqual(['passed-over']);
  const history = asked('stop', ['checkpoint']);
  const starting = history.steps.find((step) => step.step === 'fact' && step.kind === 'attemptStarting');
  if (starting?.step !== 'fact' || starting.kind !== 'attemptStarting') throw new Error('no attempt starts');
  const restarted = fact('attemptStarting', { ...starting.fact, attempt: 2 });
  expect(
    anomaliesOf(settle, {
      ...history,
      steps: history.steps.flatMap((s) => (s.step === 'checkpoint-asked' ? [s, restarted] : [s])),
    }),
  ).toEqual([]);
});

it('there is room for what is asked for while the attempt runs and fewer checkpoints pend than may', () => {
  const two = (kinds: readonly CheckpointKind[], maxConcurrent: number): readonly string[] => {
    const history = asked('savepoint', kinds, 'behind');
    return anomaliesOf(settle, { ...history, checkpointing: { ...history.checkpointing, maxConcurrent } });
  };
  expect(two(['checkpoint', 'savepoint'], 1)).toEqual([]);
  expect(two(['checkpoint', 'savepoint'], 2)).toEqual(['held-back']);
  expect(two(['stop', 'savepoint'], 2)).toEqual([]);
  const starting = drop(asked('savepoint', ['savepoint']), 'attemptRunning', () => true);
  expect(anomaliesOf(settle, starting)).toEqual([]);
});

/** The checkpoint is never acknowledged by all. */
function withoutReceivers(history: History): History {
  return mapSteps(history, (step) =>
    step.step === 'fact' && step.kind === 'checkpointAcknowledged' && step.fact.task.vertex !== 'in' ? undefined : step,
  );
}

it('nothing is due in a job without periodic checkpoints, nor before the attempt runs', () => {
  const history = reading([0, SECOND_US, 9 * SECOND_US], 'complete');
  const without = reading([0, SECOND_US, 9 * SECOND_US], 'none');
  expect(anomaliesOf(settle, { ...without, checkpointing: { ...without.checkpointing, intervalMs: 0 } })).toEqual([]);
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
