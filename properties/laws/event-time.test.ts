import { event } from '../model/testing/turns.ts';
import { drop, fact, type History, insertAfter, repeat } from '../testing/listen.ts';
import { plain, provesLaw, windows } from '../testing/jobs.ts';
import { eventTime } from './event-time.ts';

/** The third record is beyond the lateness of its window. */
function late(): History {
  return windows([[event('a', 1), event('a', 40), event('a', 2)]], { parallelism: {} })
    .start()
    .finish(1).history;
}

provesLaw(eventTime, {
  missing: {
    accepts: plain,
    rejects: () => drop(plain(), 'paneFired', () => true),
  },
  surplus: {
    accepts: plain,
    rejects: () => repeat(plain(), 'paneFired', () => true),
  },
  late: {
    accepts: late,
    rejects: () => {
      const history = insertAfter(
        late(),
        'recordLate',
        () => true,
        ({ task, watermark }) =>
          fact('windowAdded', {
            task,
            key: 'a',
            window: { start: 0, end: 10 },
            watermark,
            closesAt: 14,
            rescued: false,
          }),
      );
      return drop(history, 'recordLate', () => true);
    },
  },
});
