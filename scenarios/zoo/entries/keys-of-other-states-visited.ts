import type { ZooEntry } from '../entry.ts';

export const keysOfOtherStatesVisited: ZooEntry = {
  id: 'keys-of-other-states-visited',
  title: 'A broadcast element that visits the keys of a state visits those of all others, too',
  origin: 'FLINK-8679: getKeys does not filter what it goes over',
  file: 'core/state/heap/heap-backend.ts',
  find: 'const keys = this.#states.tablesOf(state).flatMap((table) => table.keys());',
  replace: `const keys = [...this.#states.allRegistered()]
      .flatMap((table) => table.keys())
      .sort(compareKeys)
      .filter((key, at, all) => at === 0 || compareKeys(key, all[at - 1] ?? key) !== 0);`,
  law: 're-execution',
};
