import type { ZooEntry } from '../entry.ts';

export const mapCopySharesEntries: ZooEntry = {
  id: 'map-copy-shares-entries',
  title: 'The copy of a map for the live state shares its entries with the snapshot',
  origin: 'FLINK-9269: the async snapshot sees live state, here of map states',
  file: 'core/state/heap/heap-tables.ts',
  find: `({ key, epoch, cells: new Map(cells), sorted })`,
  replace: `({ key, epoch, cells, sorted })`,
  law: 're-execution',
};
