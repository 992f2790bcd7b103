import { conservation } from './conservation.ts';
import { change, drop, move } from './testing.ts';
import { event } from '../model/testing.ts';
import { crashed, plain, provesLaw } from './testing-jobs.ts';

provesLaw(conservation, {
  orphan: {
    accepts: plain,
    rejects: () => drop(plain(), 'sent', (sent) => sent.channel.edge === 0),
  },
  altered: {
    accepts: plain,
    rejects: () => change(plain(), 'recordProcessed', (record) => record.channel.edge === 0, () => ({ value: event('a', 1, 9) })),
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
      change(plain(), 'recordProcessed', ({ channel, seq }) => channel.edge === 0 && channel.sender === 0 && seq === 1, () => ({
        seq: 0,
        value: event('a', 1),
        timestamp: 1,
      })),
  },
});
