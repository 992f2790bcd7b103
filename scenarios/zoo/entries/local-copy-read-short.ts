import type { ZooEntry } from '../entry.ts';

export const localCopyReadShort: ZooEntry = {
  id: 'local-copy-read-short',
  title: 'A read of a local copy is taken to fill its buffer',
  origin: 'FLINK-19300: a read that returns less is not gone on with',
  file: 'core/checkpoint/local/local-files.ts',
  find: `      if (part.length === 0) return joined(parts, length);
      parts.push(part);
      length += part.length;`,
  replace: `      parts.push(part);
      length += part.length;
      if (part.length < PIECE_BYTES) return joined(parts, length);`,
  law: 'local-copies',
};
