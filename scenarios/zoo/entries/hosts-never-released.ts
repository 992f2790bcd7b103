import type { ZooEntry } from '../entry.ts';

export const hostsNeverReleased: ZooEntry = {
  id: 'hosts-never-released',
  title: 'A job that has ended leaves what its tasks have written on the hosts that were there by then',
  origin: 'of the kind of FLINK-26450: clean-up that nobody asks for is believed done',
  file: 'core/cluster/job-master.ts',
  find: `    for (const registration of this.#env.slots.taskManagers) this.#release(registration);
`,
  replace: '',
  law: 'host-files',
};
