import type { ZooEntry } from '../entry.ts';

export const batchOutputCommittedByStage: ZooEntry = {
  id: 'batch-output-committed-by-stage',
  title: 'In batch the output of a stage is committed when the stage has finished, and not at the end of the job',
  origin: 'of the kind of other engines: output is seen of a job that runs again',
  file: 'core/cluster/batch-master.ts',
  find: `        this.#failures = 0;
        continue;
`,
  replace: `        this.#failures = 0;
        yield* commitAll(this.#env.ports, this.#env.job, result.pending);
        continue;
`,
  law: 'sinks',
};
