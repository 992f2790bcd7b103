import { expect, it } from 'vitest';
import { alignmentEnds } from './alignment-ends.ts';
import { drop, fact, type History, insertAfter } from '../testing/listen.ts';
import { aborted, abortedInAlignment, replayed, timedOut, tooLate, unaligned } from '../testing/disciplines.ts';
import { anomaliesOf, crashed, plain, provesLaw } from '../testing/jobs.ts';

const ofSums = ({ task }: { readonly task: { readonly vertex: string } }): boolean => task.vertex === 'sums';

/** A run that ends stuck. */
function stuck(history: History): History {
  return { ...history, steps: [...history.steps, { step: 'not-settled' }] };
}

provesLaw(alignmentEnds, {
  'unblocked-early': {
    accepts: timedOut,
    // FLINK-22638 and SEMANTICS: channels that are blocked stay so until all barriers have come.
    rejects: () =>
      insertAfter(timedOut(), 'alignmentTimedOut', ofSums, ({ task, checkpoint }) =>
        fact('channelUnblocked', { task, channel: { edge: 0, attempt: 1, sender: 0, receiver: 0 }, checkpoint }),
      ),
  },
  'blocked-for-older': {
    accepts: plain,
    rejects: () =>
      insertAfter(plain(), 'channelUnblocked', ofSums, ({ task, channel }) =>
        fact('channelBlocked', { task, channel: { ...channel, sender: 1 }, checkpoint: 1 }),
      ),
  },
  'aborted-but-blocked': {
    accepts: aborted,
    rejects: () => drop(aborted(), 'channelUnblocked', ofSums),
  },
  'blocked-for-ever': {
    accepts: aborted,
    rejects: () => stuck(withoutRecords(drop(abortedInAlignment().history, 'channelUnblocked', ofSums))),
  },
  'channel-state-open': {
    accepts: unaligned,
    rejects: () =>
      insertAfter(unaligned(), 'snapshotTaken', ofSums, ({ task, checkpoint }) =>
        fact('channelStateOpened', { task, checkpoint }),
      ),
  },
  'replay-open': {
    accepts: replayed,
    rejects: () => drop(replayed(), 'replayEnded', ofSums),
  },
  'triggered-late': {
    accepts: () => failing('before'),
    // FLINK-13969: a pending checkpoint is created after the coordinator was stopped.
    rejects: () => failing('behind'),
  },
  undecided: {
    accepts: crashed,
    rejects: () =>
      insertAfter(
        plain(),
        'checkpointCompleted',
        ({ checkpoint }) => checkpoint === 2,
        ({ attempt }) => fact('checkpointTriggered', { attempt, checkpoint: 3, kind: 'checkpoint', finished: [] }),
      ),
  },
  'ends-otherwise': {
    // A checkpoint that is with the stores when the job has finished says nothing of how it has ended.
    accepts: () => endsWhileWithTheStores('checkpoint'),
    rejects: () => endsWhileWithTheStores('drain'),
  },
});

/** All tasks have acknowledged the last one, and the job ends as finished. */
function endsWhileWithTheStores(kind: 'checkpoint' | 'drain'): History {
  const everyTask = [0, 1].flatMap((subtask) => ['source', 'map', 'sums', 'sink'].map((uid) => `${uid}[${subtask}]`));
  const triggered = insertAfter(
    plain(),
    'checkpointCompleted',
    ({ checkpoint }) => checkpoint === 2,
    ({ attempt }) => fact('checkpointTriggered', { attempt, checkpoint: 3, kind, finished: everyTask }),
  );
  return insertAfter(
    triggered,
    'checkpointTriggered',
    ({ checkpoint }) => checkpoint === 3,
    ({ attempt }) => fact('jobEnded', { attempt, status: 'finished', message: '', fault: undefined }),
  );
}

/** Nothing is taken by `sums` after the abort. */
function withoutRecords(history: History): History {
  const at = history.steps.findIndex((step) => step.step === 'fact' && step.kind === 'checkpointAborted');
  return {
    ...history,
    steps: history.steps.filter(
      (step, i) =>
        !(
          i > at &&
          step.step === 'fact' &&
          'task' in step.fact &&
          ofSums(step.fact) &&
          step.kind !== 'notifiedAborted' &&
          step.kind !== 'cancelSent'
        ),
    ),
  };
}

it('a job whose stop is complete ends as stopped', () => {
  const complete = insertAfter(
    endsWhileWithTheStores('drain'),
    'checkpointTriggered',
    ({ checkpoint }) => checkpoint === 3,
    ({ attempt }) => fact('checkpointCompleted', { attempt, checkpoint: 3, kind: 'drain', metadata: '1-3' }),
  );
  expect(anomaliesOf(alignmentEnds, complete)).toEqual(['ends-otherwise']);
  const given = insertAfter(
    endsWhileWithTheStores('drain'),
    'checkpointTriggered',
    ({ checkpoint }) => checkpoint === 3,
    ({ attempt }) => fact('checkpointAborted', { attempt, checkpoint: 3, kind: 'drain', reason: 'task-closing' }),
  );
  expect(anomaliesOf(alignmentEnds, given)).toEqual([]);
});

/** A checkpoint is triggered before or behind the failure of the attempt, or the end of the job. */
function failing(when: 'before' | 'behind', end: 'attemptFailed' | 'jobEnded' = 'attemptFailed'): History {
  const trigger = fact('checkpointTriggered', { attempt: 1, checkpoint: 9, kind: 'checkpoint', finished: [] });
  const abort = fact('checkpointAborted', { attempt: 1, checkpoint: 9, kind: 'checkpoint', reason: 'failover' });
  const over =
    end === 'attemptFailed'
      ? fact('attemptFailed', { attempt: 1, message: '', fault: undefined })
      : fact('jobEnded', { attempt: 1, status: 'stopped', message: '', fault: undefined });
  const history = plain();
  const steps = history.steps.filter(({ step }) => step !== 'settled');
  return { ...history, steps: [...steps, ...(when === 'before' ? [trigger, abort, over] : [over, trigger])] };
}

it('with the end of the job an attempt is over, too', () => {
  expect(anomaliesOf(alignmentEnds, failing('before', 'jobEnded'))).toEqual([]);
  expect(anomaliesOf(alignmentEnds, failing('behind', 'jobEnded'))).toEqual(['triggered-late']);
});

it('what is open when a run ends stuck is named', () => {
  const late = tooLate().history;
  expect(anomaliesOf(alignmentEnds, stuck(late))).toEqual([]);
  expect(
    anomaliesOf(
      alignmentEnds,
      stuck(
        insertAfter(late, 'snapshotTaken', ofSums, ({ task, checkpoint }) =>
          fact('channelStateOpened', { task, checkpoint }),
        ),
      ),
    ),
  ).toEqual(['channel-state-open']);
  const restored = tooLate().start(1).drain().history;
  expect(anomaliesOf(alignmentEnds, stuck(restored))).toEqual([]);
  expect(anomaliesOf(alignmentEnds, stuck(drop(restored, 'replayEnded', ofSums)))).toEqual(['replay-open']);
});
