import { expect, it } from 'vitest';
import { event } from '../model/testing/turns.ts';
import { barriersForwarded } from './barriers-forwarded.ts';
import { drop, fact, type History, insertAfter, judge, move, repeat } from '../testing/listen.ts';
import {
  aborted,
  abortedInAlignment,
  cancelledAtTheSources,
  passedOver,
  subsumedByAnnouncement,
  triggeredBehindCancelMarkers,
  unaligned,
} from '../testing/disciplines.ts';
import { anomaliesOf, INPUT, plain, provesLaw, windows } from '../testing/jobs.ts';

const ofSums = ({ task }: { readonly task: { readonly vertex: string } }): boolean => task.vertex === 'sums';

/** Records behind the barriers wait in the channels, too. */
function queued(): History {
  return windows(INPUT).start().read(0).read(1).trigger(1).read(0).read(1).drain().complete(1).notify(1).finish(2)
    .history;
}

provesLaw(barriersForwarded, {
  'not-forwarded': {
    accepts: aborted,
    // FLINK-18238: a task that has heard of the abort skips the barrier, and no task downstream is notified.
    rejects: () => drop(aborted(), 'cancelSent', ofSums),
  },
  'not-cancelled': {
    accepts: cancelledAtTheSources,
    rejects: () => drop(cancelledAtTheSources(), 'cancelSent', ofSums),
  },
  'went-back': {
    accepts: unaligned,
    rejects: () => repeat(plain(), 'barrierSent', () => true),
  },
  lost: {
    accepts: queued,
    rejects: () => drop(queued(), 'barrierReceived', ofSums),
  },
  'cancel-moved': {
    accepts: aborted,
    rejects: () =>
      insertAfter(
        aborted(),
        'barrierReceived',
        ({ task, checkpoint }) => task.vertex === 'out' && checkpoint === 2,
        ({ task, channel }) => fact('cancelReceived', { task, channel, checkpoint: 2 }),
      ),
  },
});

it('a barrier is over once a newer checkpoint has been announced, and not before', () => {
  const unknown = drop(passedOver(), 'barrierAnnounced', ofSums);
  expect(anomaliesOf(barriersForwarded, passedOver())).toEqual([]);
  expect(anomaliesOf(barriersForwarded, unknown)).toContain('not-forwarded');
});

it('what a task aborts for an announced checkpoint it forwards', () => {
  const silent = drop(subsumedByAnnouncement(), 'cancelSent', ofSums);
  expect(anomaliesOf(barriersForwarded, subsumedByAnnouncement())).toEqual([]);
  expect(anomaliesOf(barriersForwarded, silent)).toContain('not-forwarded');
});

it('a cancel marker is over once a newer checkpoint has been triggered here, and not before', () => {
  const history = triggeredBehindCancelMarkers();
  const unnotified = drop(history, 'triggerReceived', (fact) => ofSums(fact) && fact.checkpoint === 3);
  expect(anomaliesOf(barriersForwarded, history)).toEqual([]);
  expect(anomaliesOf(barriersForwarded, unnotified)).toContain('not-cancelled');
});

it('a source that is triggered sends a barrier or a cancel marker before it reads on', () => {
  const history = queued();
  const silent = drop(history, 'barrierSent', ({ task }) => task.vertex === 'in' && task.subtask === 0);
  expect(anomaliesOf(barriersForwarded, silent)).toContain('not-forwarded');
});

it('a run that is stuck behind a barrier that was swallowed says so', () => {
  const stuck = abortedInAlignment().history;
  const swallowed: History = { ...drop(drop(stuck, 'cancelSent', ofSums), 'cancelSent', ofSums), steps: [] };
  const steps = [
    ...drop(drop(stuck, 'cancelSent', ofSums), 'cancelSent', ofSums).steps,
    { step: 'not-settled' } as const,
  ];
  expect(anomaliesOf(barriersForwarded, { ...stuck, steps: [...stuck.steps, { step: 'not-settled' }] })).toEqual([]);
  expect(anomaliesOf(barriersForwarded, { ...swallowed, steps })).toContain('not-forwarded');
});

it('a barrier that comes behind a record that was sent behind it is lost until then', () => {
  const first = (channel: { readonly edge: number; readonly sender: number; readonly receiver: number }): boolean =>
    channel.edge === 0 && channel.sender === 0 && channel.receiver === 0;
  const late = move(
    queued(),
    'barrierReceived',
    ({ channel }) => first(channel),
    'after',
    'recordProcessed',
    ({ channel, seq }) => first(channel) && seq === 1,
  );
  expect(anomaliesOf(barriersForwarded, queued())).toEqual([]);
  expect(anomaliesOf(barriersForwarded, late)).toContain('lost');
});

it('a watermark from behind a barrier does not come before it either', () => {
  const first = ({
    channel,
  }: {
    readonly channel: { readonly edge: number; readonly sender: number; readonly receiver: number };
  }): boolean => channel.edge === 0 && channel.sender === 0 && channel.receiver === 0;
  const steps = queued().steps;
  const barrier = steps.findIndex(
    (step) => step.step === 'fact' && step.kind === 'barrierReceived' && first(step.fact),
  );
  const next = steps.findIndex(
    (step, i) => i > barrier && step.step === 'fact' && step.kind === 'watermarkReceived' && first(step.fact),
  );
  const moved = steps.slice(barrier, barrier + 1);
  const late: History = {
    ...queued(),
    steps: [...steps.slice(0, barrier), ...steps.slice(barrier + 1, next + 1), ...moved, ...steps.slice(next + 1)],
  };
  expect(anomaliesOf(barriersForwarded, late)).toContain('lost');
});

it('a task that has taken a cancel marker and sent none goes on with no record', () => {
  const silent = drop(cancelledAtTheSources(), 'cancelSent', ofSums);
  const goesOn = insertAfter(silent, 'cancelReceived', ofSums, ({ task, channel }) =>
    fact('recordProcessed', { task, channel, seq: 9, value: event('a', 1), timestamp: 1 }),
  );
  expect(judge(goesOn).map(({ message }) => message)).toContainEqual(
    expect.stringContaining('sent nothing downstream for it when it goes on with record #9'),
  );
});
