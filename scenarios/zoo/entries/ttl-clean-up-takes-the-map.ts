import type { ZooEntry } from '../entry.ts';

export const ttlCleanUpTakesTheMap: ZooEntry = {
  id: 'ttl-clean-up-takes-the-map',
  title: 'Clean-up removes a whole map when one of its entries has expired',
  origin: 'the mistake of a time to live per key where it is per entry (Flink: TtlMapState)',
  file: 'core/state/kinds/map.ts',
  find: `      this.#entries.remove(key, 'clean-up');
      cleaned = true;`,
  replace: `      this.#entries.clear();
      cleaned = true;`,
  law: 're-execution',
};
