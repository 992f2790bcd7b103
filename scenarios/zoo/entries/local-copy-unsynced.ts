import type { ZooEntry } from '../entry.ts';

export const localCopyUnsynced: ZooEntry = {
  id: 'local-copy-unsynced',
  title: 'A copy of state on a host is not synced before its manifest names it',
  origin: 'an fsync that is left out (Pillai et al., "All file systems are not created equal", 2014)',
  file: 'core/checkpoint/local/local-files.ts',
  find: `      yield* this.#disk.sync(this.#at(name));`,
  replace: `      `,
  law: 'local-copies',
};
