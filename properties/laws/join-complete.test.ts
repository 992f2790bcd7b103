import { event } from '../model/testing/turns.ts';
import { JOIN, provesLaw } from '../testing/jobs.ts';
import { drop, fact, type History, insertAfter, repeat } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { joinComplete } from './join-complete.ts';

/** Left at 10 meets right at 12, over a crash; right at 30 has no partner; left at 11 is late. */
function joined(): History {
  const records = [[event('a', 10, 0), event('a', 12, 1), event('a', 30, 3), event('a', 31, 5), event('a', 11, 2)]];
  return new Script({ job: JOIN, input: { in: records }, parallelism: {} })
    .start()
    .read(0)
    .checkpoint(1)
    .read(0)
    .drain()
    .start(1)
    .read(0)
    .drain()
    .read(0)
    .read(0)
    .drain()
    .read(0)
    .drain()
    .finish(2).history;
}

provesLaw(joinComplete, {
  missing: {
    accepts: joined,
    rejects: () => drop(joined(), 'pairJoined', ({ task }) => task.attempt === 2),
  },
  surplus: {
    accepts: joined,
    rejects: () => repeat(joined(), 'pairJoined', ({ task }) => task.attempt === 2),
  },
  late: {
    accepts: joined,
    rejects: () => drop(joined(), 'recordLate', () => true),
  },
});

// The first element had gone when the second came: a pair that lies within the bounds, and must not be joined; and so on.
provesLaw(joinComplete, {
  missing: {
    accepts: joined,
    rejects: () =>
      drop(
        drop(joined(), 'pairJoined', () => true),
        'pairJoined',
        () => true,
      ),
  },
  surplus: {
    accepts: joined,
    rejects: () =>
      insertAfter(
        joined(),
        'recordLate',
        () => true,
        ({ task }) =>
          fact('pairJoined', {
            task,
            key: 'a',
            by: 'left',
            left: event('a', 11, 2),
            right: event('a', 12, 1),
            leftTimestamp: 11,
            rightTimestamp: 12,
            lowerMs: -5,
            upperMs: 5,
          }),
      ),
  },
  late: {
    accepts: joined,
    rejects: () =>
      insertAfter(
        joined(),
        'pairJoined',
        ({ task }) => task.attempt === 2,
        ({ task }) => fact('recordLate', { task, key: 'a', timestamp: 12, watermark: 9, output: 'dropped' }),
      ),
  },
});
