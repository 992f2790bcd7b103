import type { ZooEntry } from '../entry.ts';

export const olderCompletesAfterNewer: ZooEntry = {
  id: 'older-completes-after-newer',
  title: 'A completed checkpoint does not subsume older pending ones',
  origin: 'one member of a set forgotten',
  file: 'core/checkpoint/coordinator/coordinator.ts',
  find: `        if (older.id < pending.id && older.isCheckpoint) this.#abort(older, 'subsumed');`,
  replace: `        if (older.id < pending.id && older.isCheckpoint && older.state === 'over') this.#abort(older, 'subsumed');`,
  law: 'restored-newest',
};
