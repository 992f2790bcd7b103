import { expect, it } from 'vitest';
import { splits } from './splits.ts';
import { change, changeImage, changeSubtasks, repeat } from '../testing/listen.ts';
import { finishedInPart, finishing } from '../testing/disciplines.ts';
import { anomaliesOf, crashed, plain, provesLaw } from '../testing/jobs.ts';

provesLaw(splits, {
  missing: {
    accepts: plain,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'in', (subtask, i) => (i === 0 ? { ...subtask, splits: [] } : subtask)),
      ),
  },
  twice: {
    accepts: () => crashed({ in: 1 }),
    rejects: () =>
      changeImage(plain(), 1, (image) => ({
        ...image,
        enumerators: image.enumerators.map((enumerator) => ({ ...enumerator, unassigned: ['in-1'] })),
      })),
  },
  'assigned-twice': {
    accepts: plain,
    rejects: () => repeat(plain(), 'splitAdded', () => true),
  },
  'resumed-elsewhere': {
    accepts: crashed,
    rejects: () =>
      change(
        crashed(),
        'splitAdded',
        ({ task }) => task.attempt === 2,
        () => ({ offset: 0 }),
      ),
  },
});

it('what a finished reader had is in no image any more, and is not missing', () => {
  expect(anomaliesOf(splits, finishing())).toEqual([]);
  expect(anomaliesOf(splits, finishedInPart())).toEqual([]);
  // The split of a reader that has not finished.
  const lost = changeImage(finishing(), 2, (image) =>
    changeSubtasks(image, 'in', (subtask) => ({ ...subtask, splits: [] })),
  );
  expect(anomaliesOf(splits, lost)).toEqual(['missing']);
  const again = changeImage(finishing(), 2, (image) => ({
    ...image,
    enumerators: image.enumerators.map((one) => ({ ...one, unassigned: ['in-0'] })),
  }));
  expect(anomaliesOf(splits, again)).toEqual(['twice']);
});
