import type { ZooEntry } from '../entry.ts';

export const upsertKeepsTheFirst: ZooEntry = {
  id: 'upsert-keeps-the-first',
  title: 'Of several values of a key between two flushes the first one is kept',
  origin: 'a buffer by key that adds where it should replace',
  file: 'core/connectors/upsert/upsert-sink.ts',
  find: '    this.#rows.set(this.#keyOf(value), toBytes(this.#type, value));',
  replace:
    '    const key = this.#keyOf(value);\n    if (!this.#rows.has(key)) this.#rows.set(key, toBytes(this.#type, value));',
  law: 'upserts-converge',
};
