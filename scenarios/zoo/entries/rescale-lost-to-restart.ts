import type { ZooEntry } from '../entry.ts';

export const rescaleLostToRestart: ZooEntry = {
  id: 'rescale-lost-to-restart',
  title: 'A rescale that is the first restart of the job leads to the parallelism after restarts',
  origin: 'our own, found by law scale',
  file: 'core/cluster/job-master.ts',
  find: `        this.#restarted = true;
      }`,
  replace: `      }`,
  law: 'scale',
};
