import type { ZooEntry } from '../entry.ts';

export const looksNoMoreAfterRestore: ZooEntry = {
  id: 'looks-no-more-after-restore',
  title: `After a restore an enumerator looks for no further partitions: those that are added later are never read`,
  origin: `the mistake that it stands for: periodic discovery is begun on a fresh start only`,
  file: 'core/connectors/list-enumerator.ts',
  find: `    this.#lookAgainMs = lookAgainMs;`,
  replace: `    // The first look is still taken, and what comes next is behind the end of any run.
    this.#lookAgainMs = restored === undefined || lookAgainMs === 0 ? lookAgainMs : 1_000_000_000;`,
  law: 'settle',
};
