import type { ZooEntry } from '../entry.ts';

export const reactiveNeverScalesUp: ZooEntry = {
  id: 'reactive-never-scales-up',
  title: 'In reactive mode a job does not make use of slots that come while it runs',
  origin: 'of the kind of FLINK-21883 and other engines: new capacity stays unused until the next failure',
  file: 'core/cluster/job-master.ts',
  find: `this.#release(registration);
    this.#scaleUp?.slotsChanged();
`,
  replace: `this.#release(registration);
`,
  law: 'scale',
};
