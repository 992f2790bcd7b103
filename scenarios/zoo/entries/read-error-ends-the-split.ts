import type { ZooEntry } from '../entry.ts';

export const readErrorEndsTheSplit: ZooEntry = {
  id: 'read-error-ends-the-split',
  title: 'A fetch that has failed ends its split as if it had been read',
  origin:
    'FLINK-19717: a fetcher that died has no splits left, and its reader says that the input has ended before it looks for errors',
  file: 'core/connectors/log/log-source.ts',
  find: '    const { records, endOffset } = this.#asked.take();\n',
  replace:
    '    let fetched: Fetched;\n    try {\n      fetched = this.#asked.take();\n    } catch {\n      fetched = { records: [], endOffset: this.#next };\n    }\n    const { records, endOffset } = fetched;\n',
  law: 'sources',
};
