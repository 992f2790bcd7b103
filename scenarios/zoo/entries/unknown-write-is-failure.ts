import type { ZooEntry } from '../entry.ts';

export const unknownWriteIsFailure: ZooEntry = {
  id: 'unknown-write-is-failure',
  title: 'A lost answer of the HA store is taken for a refusal',
  origin:
    'an unknown outcome taken for a failure; FLINK-26068: a retried write that had succeeded meets its own version',
  file: 'core/checkpoint/storage/completed-store.ts',
  find: `      if (now !== undefined && sameBytes(now.bytes, bytes)) {`,
  replace: `      if (now !== undefined && now.version === this.#version && sameBytes(now.bytes, bytes)) {`,
  law: 'settle',
};
