import { event } from '../model/testing/turns.ts';
import { paneLegality } from './pane-legality.ts';
import { drop, fact, type History, insertAfter, move, repeat } from '../testing/listen.ts';
import { plain, provesLaw, windows } from '../testing/jobs.ts';

const pane = { key: 'a', window: { start: 0, end: 10 } };

/** The second record is in time, the third within the lateness of a window that has fired, the fourth beyond it. */
function refired(): History {
  return windows([[event('a', 1), event('a', 12), event('a', 2), event('a', 40), event('a', 3)]], { parallelism: {} })
    .start()
    .read(0)
    .read(0)
    .drain()
    .read(0)
    .read(0)
    .drain()
    .finish(1).history;
}

/** Both windows of the key fire in one turn, when the input ends. */
function together(): History {
  return windows([[event('a', 1), event('a', 13)], [event('b', 2)]], { parallelism: { in: 2, sums: 2, out: 1 } })
    .start()
    .read(0)
    .read(0)
    .drain()
    .finish(1).history;
}

provesLaw(paneLegality, {
  early: {
    accepts: refired,
    rejects: () =>
      insertAfter(
        plain(),
        'windowAdded',
        () => true,
        ({ task, watermark }) => fact('paneFired', { task, ...pane, watermark, by: 'element', purges: false }),
      ),
  },
  'after-cleanup': {
    accepts: refired,
    rejects: () =>
      insertAfter(
        refired(),
        'recordLate',
        () => true,
        ({ task, watermark }) => fact('paneFired', { task, ...pane, watermark, by: 'element', purges: false }),
      ),
  },
  surplus: {
    accepts: refired,
    rejects: () => repeat(plain(), 'paneFired', () => true),
  },
  order: {
    accepts: together,
    rejects: () =>
      move(
        together(),
        'paneFired',
        ({ window }) => window.start === 0,
        'after',
        'paneFired',
        ({ window }) => window.start === 10,
      ),
  },
  missing: {
    accepts: plain,
    rejects: () => drop(plain(), 'paneFired', () => true),
  },
});
