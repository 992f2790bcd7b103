import type { ZooEntry } from '../entry.ts';

export const mergedNamespaceKept: ZooEntry = {
  id: 'merged-namespace-kept',
  title: 'Contents of a window that was merged into another one stay',
  origin: 'FLINK-7700: merged namespaces are not deleted',
  file: 'core/operators/windows/contents.ts',
  find: `    const before = this.#table.get(into);
    this.#table.remove(from);
    this.#table.put(into, before`,
  replace: `    const before = this.#table.get(into);
    this.#table.put(into, before`,
  law: 're-execution',
};
