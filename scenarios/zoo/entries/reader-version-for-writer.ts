import type { ZooEntry } from '../entry.ts';

export const readerVersionForWriter: ZooEntry = {
  id: 'reader-version-for-writer',
  title: 'migrate is told the version of the type that reads, not the one that wrote',
  origin: 'FLINK-24858: version handling in serializer snapshots: reader version confused with writer version',
  file: 'core/values/evolution.ts',
  find: `code.migrate?.(bytes, written.version)`,
  replace: `code.migrate?.(bytes, version)`,
  law: 're-execution',
};
