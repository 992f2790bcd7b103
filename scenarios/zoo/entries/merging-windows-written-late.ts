import type { ZooEntry } from '../entry.ts';

export const mergingWindowsWrittenLate: ZooEntry = {
  id: 'merging-windows-written-late',
  title: 'Which windows of a key are live is written when another key comes, and not when a snapshot does',
  origin: 'FLINK-4884, the other way round: a merging window set is cached, and what is persisted of it is stale',
  file: 'core/operators/windows/merging-windows.ts',
  find: "    this.#table = tables.table('window-merging', ROWS);",
  replace: `    const table = tables.table('window-merging', ROWS);
    let held: { readonly key: unknown; rows: readonly Row[] | undefined } | undefined;
    const ofKey = () => {
      const key = tables.currentKey;
      if (held !== undefined && held.key !== key) {
        tables.setCurrentKey(held.key);
        if (held.rows === undefined) table.remove(undefined);
        else table.put(undefined, held.rows);
        tables.setCurrentKey(key);
        held = undefined;
      }
      held ??= { key, rows: table.get(undefined) };
      return held;
    };
    this.#table = {
      get: () => ofKey().rows,
      put: (_, rows) => {
        ofKey().rows = rows;
      },
      remove: () => {
        ofKey().rows = undefined;
      },
    };`,
  law: 're-execution',
};
