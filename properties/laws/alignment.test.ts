import { event } from '../model/testing/turns.ts';
import { ALIGNED, provesLaw } from '../testing/jobs.ts';
import { change, fact, type History, insertAfter } from '../testing/listen.ts';
import { Script } from '../testing/script.ts';
import { alignment } from './alignment.ts';

/** Split 0 is read to 1, split 1 to 9; the drift is 5. The readers say so, and hear of the limit. */
function aligned(): History {
  const input = [
    [event('a', 2), event('a', 3)],
    [event('b', 5), event('b', 8)],
  ];
  const read = new Script({ job: ALIGNED, input: { in: input }, parallelism: { in: 2, out: 1 } })
    .start()
    .read(0)
    .read(1);
  const { history } = read.read(0).drain().read(1).finish(1);
  const said = insertAfter(
    history,
    'watermarkSent',
    ({ task, watermark }) => task.subtask === 0 && watermark === 1,
    ({ task }) => fact('alignmentReported', { task, watermark: 1 }),
  );
  const heard = insertAfter(
    said,
    'alignmentReported',
    () => true,
    () => fact('alignmentHeard', { attempt: 1, source: 'in', subtask: 0, watermark: 1 }),
  );
  const announced = insertAfter(
    heard,
    'alignmentHeard',
    () => true,
    () => fact('alignmentAnnounced', { attempt: 1, group: 'g', limit: 6 }),
  );
  return insertAfter(
    announced,
    'watermarkSent',
    ({ task, watermark }) => task.subtask === 1 && watermark === 4,
    ({ task }) => fact('alignmentLimited', { task, limit: 6 }),
  );
}

provesLaw(alignment, {
  report: {
    accepts: aligned,
    rejects: () =>
      change(
        aligned(),
        'alignmentReported',
        () => true,
        () => ({ watermark: 2 }),
      ),
  },
  limit: {
    accepts: aligned,
    rejects: () =>
      change(
        aligned(),
        'alignmentAnnounced',
        () => true,
        () => ({ limit: 5 }),
      ),
  },
  'beyond-limit': {
    accepts: aligned,
    rejects: () =>
      change(
        aligned(),
        'alignmentLimited',
        () => true,
        () => ({ limit: 3 }),
      ),
  },
});
