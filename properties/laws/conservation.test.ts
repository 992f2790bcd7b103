import { expect, it } from 'vitest';
import { conservation } from './conservation.ts';
import { change, changeImage, drop, type History, move } from '../testing/listen.ts';
import { atLeastOnce, replayed, savepointed, unaligned } from '../testing/disciplines.ts';
import { event } from '../model/testing/turns.ts';
import { anomaliesOf, crashed, plain, provesLaw } from '../testing/jobs.ts';

provesLaw(conservation, {
  orphan: {
    accepts: plain,
    rejects: () => drop(plain(), 'sent', (sent) => sent.channel.edge === 0),
  },
  altered: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'recordProcessed',
        (record) => record.channel.edge === 0,
        () => ({ value: event('a', 1, 9) }),
      ),
  },
  lost: {
    accepts: plain,
    rejects: () => drop(plain(), 'recordProcessed', (record) => record.channel.edge === 0),
  },
  doubled: {
    accepts: crashed,
    // The source's cut is before the record, the receiver's behind it.
    rejects: () =>
      move(
        plain(),
        'snapshotTaken',
        ({ task, checkpoint }) => task.vertex === 'in' && task.subtask === 0 && checkpoint === 1,
        'before',
        'sourceRecord',
        (read) => read.split === 'in-0',
      ),
  },
  exchanged: {
    accepts: plain,
    // The first record of a channel arrives again in the place of its second.
    rejects: () =>
      change(
        plain(),
        'recordProcessed',
        ({ channel, seq }) => channel.edge === 0 && channel.sender === 0 && seq === 1,
        () => ({
          seq: 0,
          value: event('a', 1),
          timestamp: 1,
        }),
      ),
  },
});

it('an image is a consistent cut by itself, with the in-flight records that it holds', () => {
  const without = changeImage(unaligned(), 1, (image) => ({ ...image, channels: [] }));
  const twice = changeImage(unaligned(), 1, (image) => ({
    ...image,
    channels: [...image.channels, ...image.channels],
  }));
  expect(anomaliesOf(conservation, unaligned())).toEqual([]);
  expect(anomaliesOf(conservation, without)).toEqual(['lost']);
  expect(anomaliesOf(conservation, twice)).toEqual(['doubled']);
});

it('a plain savepoint is judged like any other image', () => {
  const early = move(
    savepointed(),
    'snapshotTaken',
    ({ task, checkpoint }) => task.vertex === 'sums' && checkpoint === 1,
    'before',
    'recordProcessed',
    ({ task }) => task.vertex === 'sums',
  );
  expect(anomaliesOf(conservation, savepointed())).toEqual([]);
  expect(anomaliesOf(conservation, early)).toContain('lost');
});

it('what is replayed twice is doubled, what is not replayed is lost', () => {
  const isReplayed = ({
    task,
    channel,
  }: {
    readonly task: { readonly attempt: number };
    readonly channel: { readonly attempt: number };
  }): boolean => channel.attempt < task.attempt;
  expect(anomaliesOf(conservation, replayed())).toEqual([]);
  expect(anomaliesOf(conservation, drop(replayed(), 'recordProcessed', isReplayed))).toContain('lost');
});

it('at least once a reception may be a surplus, exactly once it is a double', () => {
  const strict: History = { ...atLeastOnce(), checkpointing: plain().checkpointing };
  expect(anomaliesOf(conservation, atLeastOnce())).toEqual([]);
  expect(anomaliesOf(conservation, strict)).toContain('doubled');
});
