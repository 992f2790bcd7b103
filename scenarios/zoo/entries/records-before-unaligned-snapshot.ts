import type { ZooEntry } from '../entry.ts';

export const recordsBeforeUnalignedSnapshot: ZooEntry = {
  id: 'records-before-unaligned-snapshot',
  title: 'The input goes on between an overtaking barrier and the snapshot that it asks for',
  origin: 'FLINK-17568 (tier 1)',
  file: 'core/task/task-checkpoints.ts',
  find: `    if (prepared === undefined) {
      this.#take(barrier, unaligned);
      return false;
    }
    this.#host.pause(\`its sinks to prepare checkpoint \${checkpoint}\`);
    this.#host.scope.spawn(\`prepare \${checkpoint}\`, this.#prepare(prepared, barrier, unaligned, after));`,
  replace: `    if (prepared === undefined && !unaligned) {
      this.#take(barrier, unaligned);
      return false;
    }
    if (prepared !== undefined) this.#host.pause(\`its sinks to prepare checkpoint \${checkpoint}\`);
    this.#host.scope.spawn(
      \`prepare \${checkpoint}\`,
      this.#prepare(prepared ?? (function* (): Coroutine<void> {})(), barrier, unaligned, after),
    );`,
  law: 'channel-state',
};
