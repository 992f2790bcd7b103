import type { ZooEntry } from '../entry.ts';

export const floorsNotForwarded: ZooEntry = {
  id: 'floors-not-forwarded',
  title: `A restored task forwards its own watermark and not the least floor of its key groups: what is behind it waits`,
  origin: `SEMANTICS W5: a wait after a restore`,
  file: 'core/time/floors.ts',
  find: `    const forward = Math.max(w, this.#leastFloor());`,
  replace: `    const forward = w;`,
  law: 'watermarks',
};
