import { expect, it } from 'vitest';
import { MIN_TIMESTAMP } from '../../core/job/functions.ts';
import { event } from '../model/testing/turns.ts';
import { change, changeImage, changeSubtasks, type History } from '../testing/listen.ts';
import { anomaliesOf, provesLaw, windows } from '../testing/jobs.ts';
import { watermarkFloor } from './watermark-floor.ts';

/** Key a is judged by watermark 11 before the checkpoint and by 12 after the restore. */
function restored(): History {
  return windows([[event('a', 1), event('a', 12), event('a', 13), event('a', 14)]], { parallelism: {} })
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

provesLaw(watermarkFloor, {
  fell: {
    accepts: restored,
    rejects: () => change(restored(), 'windowAdded', again, () => ({ watermark: MIN_TIMESTAMP })),
  },
  'not-effective': {
    accepts: restored,
    rejects: () => change(restored(), 'windowAdded', again, () => ({ watermark: 13 })),
  },
  stored: {
    accepts: restored,
    rejects: () =>
      changeImage(restored(), 1, (image) =>
        changeSubtasks(image, 'sums', (subtask) => ({
          ...subtask,
          keyGroups: subtask.keyGroups.map((group) => ({ ...group, floor: MIN_TIMESTAMP })),
        })),
      ),
  },
});

it('the floor of each key group of a run is judged', () => {
  const history = windows([[event('a', 1)]], { parallelism: {} })
    .start()
    .read(0)
    .drain()
    .checkpoint(1)
    .finish(2).history;
  // Behind the last one there is none, so its effective watermark is MIN.
  const longer = changeImage(history, 1, (image) =>
    changeSubtasks(image, 'sums', (subtask) => ({
      ...subtask,
      keyGroups: subtask.keyGroups.map((run) => (run.last === 3 ? { ...run, last: 4 } : run)),
    })),
  );
  expect(anomaliesOf(watermarkFloor, history)).toEqual([]);
  expect(anomaliesOf(watermarkFloor, longer)).toEqual(['stored']);
});
