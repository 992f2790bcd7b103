import type { ZooEntry } from '../entry.ts';

export const restoredRunsUpsideDown: ZooEntry = {
  id: 'restored-runs-upside-down',
  title: 'Runs are restored in the wrong order, so that values come back that were overwritten or removed',
  origin: 'KAFKA-5717: a restore ignores tombstones',
  file: 'core/state/lsm/run-set.ts',
  find: `    this.#become(runs.reduceRight(withFlushed, this.#levels));`,
  replace: `    this.#become(runs.reduce(withFlushed, this.#levels));`,
  law: 're-execution',
};
