import type { ZooEntry } from '../entry.ts';

export const ttlAddToExpired: ZooEntry = {
  id: 'ttl-add-to-expired',
  title: 'An item is added to a value that has expired',
  origin:
    'the mistake of asking for the stored value where the unexpired one is meant (Flink: TtlReduceFunction, TtlAggregateFunction)',
  file: 'core/state/kinds/cell.ts',
  find: `    if (stored === undefined || (!this.#expiry.returnsExpired && this.#expiry.isExpired(stored))) return undefined;
`,
  replace: `    if (stored === undefined) return undefined;
`,
  law: 're-execution',
};
