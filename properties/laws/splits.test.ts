import { splits } from './splits.ts';
import { change, changeImage, changeSubtasks, repeat } from './testing.ts';
import { crashed, plain, provesLaw } from './testing-jobs.ts';

provesLaw(splits, {
  missing: {
    accepts: plain,
    rejects: () =>
      changeImage(plain(), 1, (image) => changeSubtasks(image, 'in', (subtask, i) => (i === 0 ? { ...subtask, splits: [] } : subtask))),
  },
  twice: {
    accepts: () => crashed({ in: 1 }),
    rejects: () =>
      changeImage(plain(), 1, (image) => ({
        ...image,
        enumerators: image.enumerators.map((enumerator) => ({ ...enumerator, unassigned: ['in-1'] })),
      })),
  },
  'dealt-twice': {
    accepts: plain,
    rejects: () => repeat(plain(), 'splitAdded', () => true),
  },
  'resumed-elsewhere': {
    accepts: crashed,
    rejects: () => change(crashed(), 'splitAdded', ({ task }) => task.attempt === 2, () => ({ offset: 0 })),
  },
});
