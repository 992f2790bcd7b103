import type { ZooEntry } from '../entry.ts';

export const noMoreSplitsAfterEachListing: ZooEntry = {
  id: 'no-more-splits-after-each-listing',
  title:
    'Whenever it has assigned what it has found, an enumerator says that there are no more splits, although it goes on looking',
  origin: 'FLINK-30334: the hybrid enumerator says so for each of its sources, although further ones follow',
  file: 'core/connectors/list-enumerator.ts',
  find: '      if (this.#lookAgainMs === 0) break;\n      yield* ports.clock.sleep(this.#lookAgainMs);\n    }\n    for (let subtask = 0; subtask < parallelism; subtask++) noMoreSplits(subtask);\n',
  replace:
    '      for (let subtask = 0; subtask < parallelism; subtask++) noMoreSplits(subtask);\n      if (this.#lookAgainMs === 0) break;\n      yield* ports.clock.sleep(this.#lookAgainMs);\n    }\n',
  law: 'settle',
};
