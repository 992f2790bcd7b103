import type { ZooEntry } from '../entry.ts';

export const endByLastRecord: ZooEntry = {
  id: 'end-by-last-record',
  title:
    'A bounded partition has been read when its last offset has: where that holds no record, its end is waited for',
  origin:
    'FLINK-34470: the stopping offset is compared with that of the last record, and the last offsets are transaction markers',
  file: 'core/connectors/log/log-source.ts',
  find: 'this.#ended = last === undefined || this.#next >= endOffset;',
  replace: 'this.#ended = this.#next >= endOffset;',
  law: 'settle',
};
