import type { ZooEntry } from '../entry.ts';

export const localCopyUnchecked: ZooEntry = {
  id: 'local-copy-unchecked',
  title: 'A local copy is taken without a look at its checksum',
  origin: 'SEMANTICS U8: content hash',
  file: 'core/checkpoint/local/local-copies.ts',
  find: `        copy.checksum === expected.checksum && bytes.length === copy.length && crc32(bytes) === copy.checksum;`,
  replace: `        copy.checksum === expected.checksum && bytes.length === copy.length;`,
  law: 'local-copies',
};
