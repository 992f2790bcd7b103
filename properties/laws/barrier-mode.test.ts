import { expect, it } from 'vitest';
import type { Facts } from '../../core/facts.ts';
import { barrierMode } from './barrier-mode.ts';
import { change, drop, fact, type History, insertAfter } from '../testing/listen.ts';
import {
  atLeastOnce,
  forced,
  inTime,
  outputTimedOut,
  savepointed,
  timedOut,
  unaligned,
} from '../testing/disciplines.ts';
import { anomaliesOf, plain, provesLaw } from '../testing/jobs.ts';

/** The first barrier of the sources leaves in another way. */
function leaving(history: History, edit: (fact: Facts['barrierSent']) => Partial<Facts['barrierSent']>): History {
  return change(history, 'barrierSent', ({ task }) => task.vertex === 'in', edit);
}

provesLaw(barrierMode, {
  kind: {
    accepts: savepointed,
    rejects: () => leaving(savepointed(), () => ({ kind: 'checkpoint' })),
  },
  edges: {
    accepts: unaligned,
    // FLINK-18252: the job's mode in place of the savepoint's.
    rejects: () =>
      leaving(savepointed(), ({ edges }) => ({ edges: edges.map((edge) => ({ ...edge, alignment: 'unaligned' })) })),
  },
  snapshot: {
    accepts: timedOut,
    rejects: () =>
      change(
        inTime(),
        'snapshotTaken',
        ({ task }) => task.vertex === 'out',
        () => ({ unaligned: true }),
      ),
  },
  overtook: {
    accepts: outputTimedOut,
    rejects: () => drop(outputTimedOut(), 'outputTimedOut', () => true),
  },
  'did-not-overtake': {
    accepts: unaligned,
    rejects: () =>
      change(
        unaligned(),
        'barrierReceived',
        ({ task }) => task.vertex === 'sums',
        () => ({ overtook: false }),
      ),
  },
  'timed-out': {
    accepts: timedOut,
    rejects: () =>
      insertAfter(
        plain(),
        'barrierSent',
        () => true,
        ({ task, checkpoint }) => fact('alignmentTimedOut', { task, checkpoint }),
      ),
  },
});

it.each<[string, () => History]>([
  ['a savepoint', savepointed],
  ['an aligned checkpoint', plain],
  ['a checkpoint that blocks no channel', atLeastOnce],
  ['a forced one', forced],
])('nothing overtakes in %s', (_, history) => {
  const overtaking = change(
    history(),
    'barrierReceived',
    () => true,
    () => ({ overtook: true }),
  );
  expect(anomaliesOf(barrierMode, history())).toEqual([]);
  expect(anomaliesOf(barrierMode, overtaking)).toContain('overtook');
});
