import type { ZooEntry } from '../entry.ts';

export const emptyPartitionNeverEnds: ZooEntry = {
  id: 'empty-partition-never-ends',
  title: 'A bounded partition without records never ends',
  origin: 'FLINK-28475: `> 0` for `>= 0` at the stopping offset',
  file: 'core/connectors/log/log-source.ts',
  find: 'if (this.#topic.bounded && endOffset >= 0)',
  replace: 'if (this.#topic.bounded && endOffset > 0)',
  law: 'settle',
};
