import type { ZooEntry } from '../entry.ts';

export const cleanedUpWhenLeadershipIsLost: ZooEntry = {
  id: 'cleaned-up-when-leadership-is-lost',
  title: 'A job manager that leads no more takes the job for ended, and removes what it has stored',
  origin:
    'FLINK-25486: a job that is suspended by the loss of the leader counts as ended, and its HA data is cleaned up',
  file: 'core/cluster/job-manager.ts',
  find: `    lease.onLost(() => {
      this.#ports.scope.cancel();
    });
`,
  replace: `    lease.onLost(() => {
      this.#ports.scope.cancel();
      const { objects } = this.#ports;
      const stored = objects.list(\`\${this.#job}/\`);
      stored.onSettled(() => {
        for (const name of stored.take()) objects.remove(name);
      });
    });
`,
  law: 'reference-closure',
};
