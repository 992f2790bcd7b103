import type { ZooEntry } from '../entry.ts';

export const floorsForwardedToNeighbours: ZooEntry = {
  id: 'floors-forwarded-to-neighbours',
  title: 'Neighbouring key groups are written as one range with the greatest of their floors',
  origin: 'MZ-8516: compaction forwards times, and not of all that belongs together',
  file: 'core/time/floors.ts',
  find: 'this.effective(end + 1) === floor',
  replace: 'this.effective(end + 1) >= floor',
  law: 'watermark-floor',
};
