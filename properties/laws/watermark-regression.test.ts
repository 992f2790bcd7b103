import { MIN_TIMESTAMP } from '../../core/job/functions.ts';
import { event } from '../model/testing/turns.ts';
import { provesLaw, windows } from '../testing/jobs.ts';
import { change, fact, type History, insertAfter } from '../testing/listen.ts';
import { watermarkRegression } from './watermark-regression.ts';

/** Windows of 10 ms with 5 ms of lateness; [0, 10) is cleaned up at 14, before the checkpoint. */
function restored(): History {
  return windows([[event('a', 1), event('a', 22), event('a', 23), event('a', 24)]], { parallelism: {} })
    .start()
    .read(0)
    .read(0)
    .drain()
    .read(0)
    .drain()
    .checkpoint(1)
    .start(1)
    .drain()
    .finish(2).history;
}
const again = ({ task }: { readonly task: { readonly attempt: number } }) => task.attempt === 2;
const OLD = { start: 0, end: 10 };

provesLaw(watermarkRegression, {
  reopened: {
    accepts: restored,
    rejects: () =>
      insertAfter(restored(), 'windowAdded', again, ({ task }) =>
        fact('paneFired', { task, key: 'a', window: OLD, watermark: 22, by: 'element', purges: false }),
      ),
  },
  'accepted-late': {
    accepts: restored,
    rejects: () => change(restored(), 'windowAdded', again, () => ({ window: OLD })),
  },
  fell: {
    accepts: restored,
    rejects: () => change(restored(), 'windowAdded', again, () => ({ watermark: MIN_TIMESTAMP })),
  },
});
