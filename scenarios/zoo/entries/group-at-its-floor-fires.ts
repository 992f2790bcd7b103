import type { ZooEntry } from '../entry.ts';

export const groupAtItsFloorFires: ZooEntry = {
  id: 'group-at-its-floor-fires',
  title: 'Timers of a key group fire when the watermark comes to its floor, and not beyond it',
  origin: 'the boundary of floors: <= for <',
  file: 'core/time/floors.ts',
  find: 'this.#floorOf(keyGroup) < this.#watermark;',
  replace: 'this.#floorOf(keyGroup) <= this.#watermark;',
  law: 'timers',
};
