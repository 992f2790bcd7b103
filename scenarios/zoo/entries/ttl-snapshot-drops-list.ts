import type { ZooEntry } from '../entry.ts';

export const ttlSnapshotDropsList: ZooEntry = {
  id: 'ttl-snapshot-drops-list',
  title: 'A snapshot with clean-up leaves out a whole list when one of its items has expired',
  origin: 'the mistake of filtering a list as a value (Flink: TtlStateSnapshotTransformer of lists)',
  file: 'core/state/timed.ts',
  find: `    return left.length === 0 ? undefined : left;`,
  replace: `    return left.length < stored.length ? undefined : left;`,
  law: 're-execution',
};
