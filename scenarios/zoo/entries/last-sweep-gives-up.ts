import type { ZooEntry } from '../entry.ts';

export const lastSweepGivesUp: ZooEntry = {
  id: 'last-sweep-gives-up',
  title: 'The sweep at the end of a job is given up when the store does not answer, although nobody sweeps again',
  origin:
    'FLINK-26606: checkpoints that could not be discarded at the end of the job are left for good; ours did so, too, until reads of the store could fail',
  file: 'core/cluster/job-master.ts',
  find: 'sweepLeftovers(ports, job.name, checkpoints, new PatientReads(ports))',
  replace: 'sweepLeftovers(ports, job.name, checkpoints)',
  law: 'reference-closure',
};
