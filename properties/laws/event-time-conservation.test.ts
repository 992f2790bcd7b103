import { event } from '../model/testing/turns.ts';
import { eventTimeConservation } from './event-time-conservation.ts';
import { change, drop, fact, type History, insertAfter } from '../testing/listen.ts';
import { plain, provesLaw, windows } from '../testing/jobs.ts';

/** The third record is beyond the lateness of its window. */
function late(): History {
  return windows([[event('a', 1), event('a', 40), event('a', 2)]], { parallelism: {} })
    .start()
    .finish(1).history;
}
const calledLate = (history: History): History =>
  insertAfter(
    history,
    'recordProcessed',
    ({ channel }) => channel.edge === 0,
    ({ task }) => fact('recordLate', { task, key: 'a', timestamp: 1, watermark: 0, output: 'dropped' }),
  );

provesLaw(eventTimeConservation, {
  neither: {
    accepts: plain,
    rejects: () => drop(plain(), 'windowAdded', () => true),
  },
  both: {
    accepts: plain,
    rejects: () => calledLate(plain()),
  },
  'wrong-window': {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'windowAdded',
        () => true,
        () => ({ window: { start: 10, end: 20 } }),
      ),
  },
  'late-in-time': {
    accepts: plain,
    rejects: () => drop(calledLate(plain()), 'windowAdded', () => true),
  },
  'in-time-late': {
    accepts: late,
    rejects: () => {
      const history = insertAfter(
        late(),
        'recordLate',
        () => true,
        ({ task, watermark }) => fact('windowAdded', { task, key: 'a', window: { start: 0, end: 10 }, watermark }),
      );
      return drop(history, 'recordLate', () => true);
    },
  },
});
