import type { ZooEntry } from '../entry.ts';

export const obsoleteBarrierFailsTask: ZooEntry = {
  id: 'obsolete-barrier-fails-task',
  title: 'A task that begins a checkpoint although a newer barrier has come fails',
  origin: 'FLINK-21104',
  file: 'core/channels/input-gate.ts',
  find: `    if (!this.#persister.start(checkpoint)) return false;`,
  replace: `    if (!this.#persister.start(checkpoint)) {
      throw Object.assign(new Error(\`a newer barrier than \${checkpoint} has come\`), { name: 'EngineBug' });
    }`,
  law: 'crash',
};
