import type { ZooEntry } from '../entry.ts';

export const localManifestNameUnsynced: ZooEntry = {
  id: 'local-manifest-name-unsynced',
  title: 'The directory is not synced behind the rename of a manifest',
  origin: 'SEMANTICS U8: the old manifest comes back after a power loss, and names files that are gone',
  file: 'core/checkpoint/local/local-files.ts',
  find: `    yield* this.#disk.syncDirectory(this.#directory);`,
  replace: `    `,
  law: 'local-copies',
};
