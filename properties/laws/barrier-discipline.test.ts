import { expect, it } from 'vitest';
import { barrierDiscipline } from './barrier-discipline.ts';
import { event } from '../model/testing/turns.ts';
import type { ChannelId, TaskId } from '../../core/facts.ts';
import { change, drop, type History, judge, move, repeat } from '../testing/listen.ts';
import {
  atLeastOnce,
  finishedOnRestore,
  finishing,
  forced,
  halfOvertaken,
  replayed,
  unaligned,
} from '../testing/disciplines.ts';
import { anomaliesOf, crashed, INPUT, plain, provesLaw, windows } from '../testing/jobs.ts';

/** Records and the barrier behind them wait in the channels together. */
function queued(): History {
  return windows(INPUT).start().read(0).read(1).trigger(1).drain().complete(1).notify(1).finish(2).history;
}

/** The same with two records of key 'a' behind each other on the first channel, the second from behind the barrier. */
function behind(): History {
  return windows([[event('a', 1), event('a', 2)], [event('a', 3)]])
    .start()
    .read(0)
    .read(1)
    .trigger(1)
    .read(0)
    .drain()
    .complete(1)
    .notify(1)
    .finish(2).history;
}
function isFirst(channel: ChannelId): boolean {
  return channel.edge === 0 && channel.sender === 0 && channel.receiver === 0;
}
/** `sums[0]` takes an unaligned snapshot before any barrier has come. */
function early(): History {
  return move(
    unaligned(),
    'snapshotTaken',
    ({ task }) => task.vertex === 'sums',
    'before',
    'barrierReceived',
    ({ task }) => task.vertex === 'sums',
  );
}

provesLaw(barrierDiscipline, {
  'processed-past-barrier': {
    accepts: crashed,
    // A record from behind the barrier of the first channel, while the task waits for the second.
    rejects: () => {
      const history = behind();
      return move(
        history,
        'recordProcessed',
        ({ channel, seq }) => isFirst(channel) && seq === 1,
        'before',
        'barrierSent',
        ({ task }) => task.vertex === 'sums',
      );
    },
  },
  'snapshot-too-early': {
    accepts: halfOvertaken,
    rejects: early,
  },
  'overtook-where-forced': {
    accepts: forced,
    rejects: () =>
      change(
        forced(),
        'snapshotTaken',
        ({ task }) => task.vertex === 'out',
        () => ({ unaligned: true }),
      ),
  },
  'snapshot-without-barrier': {
    accepts: plain,
    rejects: () => drop(plain(), 'barrierReceived', ({ task }) => task.vertex === 'sums'),
  },
  'between-barrier-and-snapshot': {
    accepts: plain,
    rejects: () =>
      move(
        plain(),
        'snapshotTaken',
        ({ task }) => task.vertex === 'in' && task.subtask === 0,
        'after',
        'sourceRecord',
        ({ split, offset }) => split === 'in-0' && offset === 1,
      ),
  },
  'barriers-not-rising': {
    accepts: plain,
    rejects: () => repeat(plain(), 'barrierReceived', () => true),
  },
  'snapshots-not-rising': {
    accepts: plain,
    rejects: () => repeat(plain(), 'snapshotTaken', () => true),
  },
  'barrier-moved': {
    accepts: queued,
    rejects: () =>
      move(
        queued(),
        'barrierReceived',
        ({ channel }) => channel.edge === 0 && channel.sender === 0 && channel.receiver === 0,
        'before',
        'recordProcessed',
        ({ channel }) => channel.edge === 0 && channel.sender === 0,
      ),
  },
});

it('a channel that has ended is no barrier: an unaligned snapshot waits for the first one, unless all have ended', () => {
  /** Of checkpoint 2, whose barrier comes on one channel only: the other one has ended. */
  const ofSums = ({ task, checkpoint }: { readonly task: TaskId; readonly checkpoint: number }): boolean =>
    task.vertex === 'sums' && checkpoint === 2;
  const overtaken = change(finishing(), 'snapshotTaken', ofSums, () => ({ unaligned: true }));
  expect(anomaliesOf(barrierDiscipline, overtaken)).toEqual([]);
  const withoutAny = move(overtaken, 'snapshotTaken', ofSums, 'before', 'barrierReceived', ofSums);
  expect(anomaliesOf(barrierDiscipline, withoutAny)).toContain('snapshot-too-early');
  expect(
    anomaliesOf(
      barrierDiscipline,
      change(
        finishedOnRestore(),
        'snapshotTaken',
        ({ task }) => task.vertex === 'sums',
        () => ({ unaligned: true }),
      ),
    ),
  ).toEqual([]);
});

it('an unaligned snapshot needs a first barrier, and takes nothing from behind one', () => {
  expect(anomaliesOf(barrierDiscipline, unaligned())).toEqual([]);
  // In turn, but what was sent before the barrier is not all there.
  const incomplete = move(
    queued(),
    'recordProcessed',
    ({ channel }) => isFirst(channel),
    'after',
    'snapshotTaken',
    ({ task }) => task.vertex === 'sums',
  );
  expect(anomaliesOf(barrierDiscipline, incomplete)).toContain('snapshot-too-early');
});

it('at least once a task may take what is behind a barrier, exactly once it may not', () => {
  expect(anomaliesOf(barrierDiscipline, atLeastOnce())).toEqual([]);
  const strict: History = { ...atLeastOnce(), checkpointing: plain().checkpointing };
  expect(anomaliesOf(barrierDiscipline, strict)).toContain('processed-past-barrier');
});

it('what is replayed lies before every barrier', () => {
  expect(anomaliesOf(barrierDiscipline, replayed())).toEqual([]);
});

it('what a task with channels processes between its barrier and its snapshot is told', () => {
  const late = move(
    behind(),
    'snapshotTaken',
    ({ task }) => task.vertex === 'sums' && task.subtask === 0,
    'after',
    'recordProcessed',
    ({ channel, seq }) => isFirst(channel) && seq === 1,
  );
  expect(judge(late).map(({ message }) => message)).toContain(
    'sums[0] processed record #1 between the barrier and the sync part of checkpoint 1',
  );
});
