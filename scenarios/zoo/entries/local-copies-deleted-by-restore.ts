import type { ZooEntry } from '../entry.ts';

export const localCopiesDeletedByRestore: ZooEntry = {
  id: 'local-copies-deleted-by-restore',
  title: 'Local copies are deleted once a task has restored from them',
  origin: 'FLINK-11743: local directories are deleted like temporary ones',
  file: 'core/checkpoint/local/local-store.ts',
  find: `      copies.opened(found);`,
  replace: `      copies.opened(found);
      const gone = found === undefined ? [] : filesOf({ checkpoints: [found.checkpoint] });
      const cleanUp = function* () {
        for (let request = 0; request < 100; request++) yield* files.list();
        for (const name of gone) files.remove(name);
      };
      this.#scope.spawn('clean-up', cleanUp());`,
  law: 'local-copies',
};
