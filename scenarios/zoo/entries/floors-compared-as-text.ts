import type { ZooEntry } from '../entry.ts';

export const floorsComparedAsText: ZooEntry = {
  id: 'floors-compared-as-text',
  title: `The effective watermark of a key group is the greater one of two texts: 9 comes after 10`,
  origin: `the mistake that FLINK-6284 stands for, at the floors of event time`,
  file: 'core/time/floors.ts',
  find: `    return Math.max(this.#watermark, this.#floorOf(keyGroup));`,
  replace: `    const floor = this.#floorOf(keyGroup);
    return String(this.#watermark) < String(floor) ? floor : this.#watermark;`,
  law: 'watermark-floor',
};
