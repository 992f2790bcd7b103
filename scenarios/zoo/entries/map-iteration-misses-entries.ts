import type { ZooEntry } from '../entry.ts';

export const mapIterationMissesEntries: ZooEntry = {
  id: 'map-iteration-misses-entries',
  title: 'A map that was iterated misses what is put into it later',
  origin: 'FLINK-17800: an iterator misses entries',
  file: 'core/state/heap/heap-tables.ts',
  find: `    slot.cells.set(index, { key: before?.key ?? key, bytes, value });
    slot.sorted = undefined;
`,
  replace: `    slot.cells.set(index, { key: before?.key ?? key, bytes, value });
    if (before !== undefined) slot.sorted = undefined;
`,
  law: 're-execution',
};
