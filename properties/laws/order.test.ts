import { event } from '../model/testing/turns.ts';
import { order } from './order.ts';
import { change, drop, fact, insertAfter, move } from '../testing/listen.ts';
import { replayed } from '../testing/disciplines.ts';
import { crashed, plain, provesLaw } from '../testing/jobs.ts';

provesLaw(order, {
  'sent-out-of-sequence': {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'sent',
        ({ seq }) => seq === 1,
        () => ({ seq: 2 }),
      ),
  },
  repeated: {
    accepts: crashed,
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
  overtaken: {
    accepts: plain,
    rejects: () => drop(plain(), 'recordProcessed', ({ channel }) => channel.edge === 0 && channel.sender === 0),
  },
  'before-replay': {
    accepts: replayed,
    // The first element of a new channel comes before the last one that was in flight.
    rejects: () =>
      move(
        replayed(),
        'recordProcessed',
        ({ task, channel }) => task.vertex === 'sums' && channel.attempt === 2,
        'before',
        'recordProcessed',
        ({ task, channel }) => channel.attempt < task.attempt,
      ),
  },
  'after-end': {
    accepts: plain,
    rejects: () =>
      insertAfter(
        plain(),
        'barrierReceived',
        () => true,
        ({ task, channel }) => fact('inputEnded', { task, channel }),
      ),
  },
});
