import type { ZooEntry } from '../entry.ts';

export const emptyPartitionNeverEnds: ZooEntry = {
  id: 'empty-partition-never-ends',
  title: 'A bounded partition without records never ends',
  origin: 'FLINK-28475: `> 0` for `>= 0` at the stopping offset',
  file: 'core/connectors/log/log-source.ts',
  find: `    return this.#end >= 0 && this.#offset >= this.#end;
`,
  replace: `    return this.#end > 0 && this.#offset >= this.#end;
`,
  law: 'settle',
};
