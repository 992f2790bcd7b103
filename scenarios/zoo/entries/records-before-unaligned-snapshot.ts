import type { ZooEntry } from '../entry.ts';

export const recordsBeforeUnalignedSnapshot: ZooEntry = {
  id: 'records-before-unaligned-snapshot',
  title: 'The input goes on between an overtaking barrier and the snapshot that it asks for',
  origin: 'FLINK-17568 (tier 1)',
  file: 'core/task/task-checkpoints.ts',
  find: `    if (dirty.length === 0) {
      this.#take(barrier, unaligned);
      return false;
    }
    this.#host.pause(\`its sinks to prepare checkpoint \${checkpoint}\`);`,
  replace: `    if (dirty.length === 0 && !unaligned) {
      this.#take(barrier, unaligned);
      return false;
    }
    if (dirty.length > 0) this.#host.pause(\`its sinks to prepare checkpoint \${checkpoint}\`);`,
  law: 'channel-state',
};
