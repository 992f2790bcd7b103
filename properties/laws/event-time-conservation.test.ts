import type { OperatorSpec } from '../../core/job/spec.ts';
import { BY_KEY, event, job, sink, sums } from '../model/testing/turns.ts';
import { eventTimeConservation } from './event-time-conservation.ts';
import { change, drop, fact, type History, insertAfter } from '../testing/listen.ts';
import { perRecord, plain, provesLaw, windows } from '../testing/jobs.ts';
import { Script } from '../testing/script.ts';

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

/** Windows [0, 3), [10, 13), ...: the second record is in none of them. */
const GAPS = job(
  {
    in: perRecord(0),
    gaps: {
      operator: {
        ...sums().operator,
        assigner: { kind: 'sliding', domain: 'event', sizeMs: 3, slideMs: 10, offsetMs: 0 },
      } as OperatorSpec,
      maxParallelism: 4,
    },
    out: sink('out'),
  },
  [
    ['in', 'gaps', BY_KEY],
    ['gaps', 'out', { kind: 'rebalance' }],
  ],
);
function between(): History {
  return new Script({
    job: GAPS,
    input: { in: [[event('a', 1), event('a', 5), event('a', 11)]] },
    parallelism: { in: 1, gaps: 1, out: 1 },
  })
    .start()
    .finish(1).history;
}

provesLaw(eventTimeConservation, {
  unassigned: {
    accepts: between,
    rejects: () => {
      const history = insertAfter(
        plain(),
        'windowAdded',
        () => true,
        ({ task, watermark }) => fact('recordUnassigned', { task, key: 'a', timestamp: 1, watermark }),
      );
      return drop(history, 'windowAdded', () => true);
    },
  },
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
        ({ task, watermark }) =>
          fact('windowAdded', {
            task,
            key: 'a',
            window: { start: 0, end: 10 },
            watermark,
            closesAt: 9,
            rescued: false,
          }),
      );
      return drop(history, 'recordLate', () => true);
    },
  },
});
