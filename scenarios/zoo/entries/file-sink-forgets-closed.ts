import type { ZooEntry } from '../entry.ts';

export const fileSinkForgetsClosed: ZooEntry = {
  id: 'file-sink-forgets-closed',
  title: 'A file that was closed before the checkpoint is in no committable',
  origin: 'only the files that the checkpoint closes are collected, not those that the size has closed',
  file: 'core/connectors/file/file-sink.ts',
  find: '    for (const [bucket, records] of this.#buckets) this.#close(bucket, records);\n    const closed = this.#closed;',
  replace:
    '    const before = this.#closed.length;\n    for (const [bucket, records] of this.#buckets) this.#close(bucket, records);\n    const closed = this.#closed.slice(before);',
  law: 'files-once',
};
